{{/* queues.yaml: what YuniKorn's core reads. Source: core, pkg/common/configs/config.go. */}}
{{- define "yunikorn.queues" -}}
partitions:
  - name: default
    nodesortpolicy:
      type: {{ .Values.nodeSort.policy }}
      {{- with .Values.nodeSort.weights }}
      {{- $weights := dict }}
      {{- range $resource, $weight := . }}
      {{- $_ := set $weights (include "yunikorn.resources.name" $resource) $weight }}
      {{- end }}
      resourceweights: {{ toJson $weights }}
      {{- end }}
    preemption:
      enabled: {{ .Values.preemption.enabled }}
    placementrules:
      {{- include "yunikorn.queues.placement" $ | nindent 6 }}
    queues:
      {{- $root := merge (dict "name" "root" "children" .Values.queues) .Values.root }}
      {{- include "yunikorn.queues.queue" $root | nindent 6 }}
{{- end -}}

{{/*
Where an application goes: the first rule that finds a queue that holds applications, and to which its user may submit.
None heeds what a pod says itself.
*/}}
{{- define "yunikorn.queues.placement" -}}
{{- $parents := false -}}
{{- range .Values.queues }}{{ if .parent }}{{ $parents = true }}{{ end }}{{ end -}}
{{- if $parents -}}
# A namespace that names a queue with `parent: true` in its annotation yunikorn.apache.org/parentqueue has its own queue
# there, made when the first application comes. Of one without the annotation this rule finds nothing.
- name: tag
  value: namespace
  create: true
  parent:
    name: tag
    value: namespace.parentqueue
{{ end -}}
# The namespace's queue, where nothing is below it. It comes before the next two: in such a queue they would find an error.
- name: tag
  value: namespace
# The user's queue in that of the namespace.
- name: user
  parent:
    name: tag
    value: namespace
# `default` in that of the namespace.
- name: fixed
  value: default
  parent:
    name: tag
    value: namespace
{{- range .Values.queues }}
{{- if eq (lower .name) "default" }}
# Namespaces without a queue.
- name: fixed
  value: root.default
{{- end }}
{{- end }}
{{- end -}}

{{/* A queue and those below it, as an item of a list. Takes an item of .Values.queues. */}}
{{- define "yunikorn.queues.queue" -}}
- name: {{ toString .name | toJson }}
  {{- with include "yunikorn.queues.access" (.submit | default dict) }}
  submitacl: {{ toJson . }}
  {{- end }}
  {{- with include "yunikorn.queues.access" (.admin | default dict) }}
  adminacl: {{ toJson . }}
  {{- end }}
  {{- if or .guaranteed .max }}
  resources:
    {{- with .guaranteed }}
    guaranteed: {{ include "yunikorn.resources" . }}
    {{- end }}
    {{- with .max }}
    max: {{ include "yunikorn.resources" . }}
    {{- end }}
  {{- end }}
  {{- with .maxApplications }}
  maxapplications: {{ int64 . }}
  {{- end }}
  {{- with include "yunikorn.queues.properties" . | fromJson }}
  properties: {{ toJson . }}
  {{- end }}
  {{- with .limits }}
  limits:
    {{- range . }}
    {{- include "yunikorn.queues.limit" . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- if or .parent .children }}
  parent: true
  {{- end }}
  {{- with include "yunikorn.queues.template" . | fromJson }}
  childtemplate: {{ toJson . }}
  {{- end }}
  {{- with .children }}
  queues:
    {{- range . }}
    {{- include "yunikorn.queues.queue" . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/*
What queues are made with that YuniKorn makes below one, as JSON. These have nothing of the properties above them but
what stands here. Takes a queue. Source: core, pkg/scheduler/objects/queue.go, addChildQueue.
*/}}
{{- define "yunikorn.queues.template" -}}
{{- $found := dict -}}
{{- if .parent -}}
{{- with .template }}{{ with .max -}}
{{- $_ := set $found "resources" (dict "max" (include "yunikorn.resources" . | fromJson)) -}}
{{- end }}{{ end -}}
{{- $properties := include "yunikorn.queues.properties" . | fromJson -}}
{{- $inherited := pick $properties "application.sort.policy" "preemption.delay" "longshore.gang.style" "longshore.gang.timeout" -}}
{{- if eq (get $properties "preemption.policy") "disabled" }}{{ $_ := set $inherited "preemption.policy" "disabled" }}{{ end -}}
{{- with $inherited }}{{ $_ := set $found "properties" . }}{{ end -}}
{{- end -}}
{{ toJson $found }}
{{- end -}}

{{/* What all applications of some users or groups together may have in a queue, as an item of a list. */}}
{{- define "yunikorn.queues.limit" -}}
- limit: {{ join ", " (concat (.users | default list) (.groups | default list)) | toJson }}
  {{- with .users }}
  users: {{ toJson . }}
  {{- end }}
  {{- with .groups }}
  groups: {{ toJson . }}
  {{- end }}
  {{- with .maxApplications }}
  maxapplications: {{ int64 . }}
  {{- end }}
  {{- with .max }}
  maxresources: {{ include "yunikorn.resources" . }}
  {{- end }}
{{- end -}}

{{/* Users, then groups: `ann,bob ops`. Takes {users: […], groups: […]}. */}}
{{- define "yunikorn.queues.access" -}}
{{- $users := join "," (.users | default list) -}}
{{- with .groups }}{{ printf "%s %s" $users (join "," .) }}{{ else }}{{ $users }}{{ end -}}
{{- end -}}

{{/* What has no field of its own, as JSON; what begins with `longshore.` the job server reads. Takes a queue. */}}
{{- define "yunikorn.queues.properties" -}}
{{- $found := dict -}}
{{- with .sort }}{{ $_ := set $found "application.sort.policy" . }}{{ end -}}
{{- with .preemption -}}
{{- with .policy }}{{ $_ := set $found "preemption.policy" . }}{{ end -}}
{{- with .delaySeconds }}{{ $_ := set $found "preemption.delay" (printf "%ds" (int64 .)) }}{{ end -}}
{{- end -}}
{{- with .priority -}}
{{- with .policy }}{{ $_ := set $found "priority.policy" . }}{{ end -}}
{{- with .offset }}{{ $_ := set $found "priority.offset" (toString (int64 .)) }}{{ end -}}
{{- end -}}
{{- with .gang -}}
{{- with .style }}{{ $_ := set $found "longshore.gang.style" . }}{{ end -}}
{{- with .timeoutSeconds }}{{ $_ := set $found "longshore.gang.timeout" (toString (int64 .)) }}{{ end -}}
{{- end -}}
{{ toJson $found }}
{{- end -}}
