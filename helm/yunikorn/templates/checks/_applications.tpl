{{/* How many applications run at a time: a queue with a number has one in every queue below it, which is no more. */}}
{{- define "yunikorn.check.applications" -}}
{{- $path := .path -}}
{{- $most := int64 (.queue.maxApplications | default 0) -}}
{{- range .queue.children -}}
  {{- $own := int64 (.maxApplications | default 0) -}}
  {{- $name := printf "%s.%s" $path .name -}}
  {{- if and $most (not $own) -}}
    {{- include "yunikorn.check.fail" (dict "path" $name "why"
          (printf "it has no maxApplications, and that of %s is %d: give it one that is no more." $path $most)) -}}
  {{- end -}}
  {{- if and $most (gt $own $most) -}}
    {{- include "yunikorn.check.fail" (dict "path" $name "why"
          (printf "maxApplications %d is more than the %d of %s: lower it, or raise that." $own $most $path)) -}}
  {{- end -}}
  {{- include "yunikorn.check.applications" (dict "queue" . "path" $name) -}}
{{- end -}}
{{- end -}}
