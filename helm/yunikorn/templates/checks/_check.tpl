{{/*
Fails where YuniKorn would refuse the queues (core, pkg/common/configs/configvalidator.go), take no notice of what they
say (pkg/scheduler/objects/queue.go), or never put an application there. Renders nothing.
*/}}
{{- define "yunikorn.check" -}}
{{- if not .Values.queues -}}
  {{- fail "yunikorn: queues is empty, so that every application would be rejected: name one for each namespace." -}}
{{- end -}}
{{- $root := merge (dict "name" "root" "children" .Values.queues) .Values.root -}}
{{- include "yunikorn.check.names" (dict "queue" $root "path" "root") -}}
{{- $_ := include "yunikorn.check.resources" (dict "queue" $root "path" "root" "limit" dict) -}}
{{- include "yunikorn.check.applications" (dict "queue" $root "path" "root") -}}
{{- include "yunikorn.check.limits" (dict "queue" $root "path" "root" "above" (dict "users" dict "groups" dict)) -}}
{{- include "yunikorn.check.access" (dict "queue" $root "path" "root" "open" "") -}}
{{- include "yunikorn.check.gangs" (dict "queue" $root "path" "root" "sort" "fifo" "gang" "") -}}
{{- end -}}

{{/* Fails: what and where, why, and the way out. Takes (dict "path" "root.a" "why" …). */}}
{{- define "yunikorn.check.fail" -}}
{{- fail (printf "yunikorn: queue %s: %s" .path .why) -}}
{{- end -}}
