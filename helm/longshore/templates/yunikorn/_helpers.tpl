{{/*
CEL: the labels, or annotations, of some metadata; an empty table where there are none.
Takes (dict "of" "object.metadata" "field" "labels" "there" a condition under which the metadata are there).
*/}}
{{- define "longshore.yunikorn.table" -}}
{{ with .there }}{{ . }} && {{ end }}has({{ .of }}.{{ .field }}) ? {{ .of }}.{{ .field }} : {}
{{- end -}}

{{/*
CEL: none of some keys is there now that was not before, is gone, or has another value.
Takes (dict "keys" a list in CEL "field" "labels").
*/}}
{{- define "longshore.yunikorn.unchanged" -}}
{{- $now := printf "variables.%s" .field -}}
{{- $before := printf "variables.%sBefore" .field -}}
{{ .keys }}.all(key, (key in {{ $now }} ? {{ $now }}[key] : '') == (key in {{ $before }} ? {{ $before }}[key] : ''))
{{- end -}}

{{/* CEL: the ID of the application that a pod is of, by the first of the keys that says one, as YuniKorn reads them. */}}
{{- define "longshore.yunikorn.application" -}}
{{- $label := "variables.labels" -}}
{{- $keys := list
      (list $label "yunikorn.apache.org/app-id") (list "variables.annotations" "yunikorn.apache.org/app-id")
      (list $label "applicationId") (list $label "spark-app-selector") -}}
{{- range $keys -}}
'{{ last . }}' in {{ first . }} ? {{ first . }}['{{ last . }}'] : {{ end -}}
''
{{- end -}}

{{/*
What says whose an application is and in which queue it shall be, by whichever key YuniKorn heeds: nobody's but the
server's. Source: k8shim, pkg/common/constants and pkg/common/utils (GetUserFromPod, GetQueueNameFromPod, GetApplicationIDFromPod).
*/}}
{{- define "longshore.yunikorn.labels" -}}
['yunikorn.apache.org/username', 'yunikorn.apache.org/queue', 'queue']
{{- end -}}

{{- define "longshore.yunikorn.annotations" -}}
['yunikorn.apache.org/user.info', 'yunikorn.apache.org/queue']
{{- end -}}

{{- define "longshore.yunikorn.reason" -}}
Who a job's user is, and its queue, is the job server's to say: leave out the labels yunikorn.apache.org/username,
yunikorn.apache.org/queue and queue, and the annotations yunikorn.apache.org/user.info and yunikorn.apache.org/queue.
{{- end -}}

{{/* Binds a policy to the namespaces of jobs. Takes (dict "root" $ "name" the policy's). */}}
{{- define "longshore.yunikorn.bindings" -}}
{{- $root := .root -}}
{{- $policy := .name -}}
{{- $labelled := dict "matchLabels" (dict "longshore.dev/jobs" "true") -}}
{{- $name := dict "key" "kubernetes.io/metadata.name" "operator" "In" "values" .root.Values.jobs.namespaces -}}
{{- range $how, $selector := dict "labelled" $labelled "named" (dict "matchExpressions" (list $name)) }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $policy }}-{{ $how }}
  labels:
    {{- include "longshore.labels" (dict "root" $root "component" "jobs") | nindent 4 }}
spec:
  policyName: {{ $policy }}
  validationActions: [Deny]
  matchResources:
    namespaceSelector:
      {{- toYaml $selector | nindent 6 }}
{{- end }}
{{- end -}}
