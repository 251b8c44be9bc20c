{{/*
Gangs need a queue that is first in, first out: YuniKorn rejects them in others. Both are handed down to queues below.
Takes (dict "queue" {…} "path" "root.a" "sort" the one above it "gang" the path of the queue that says gang, or "").
*/}}
{{- define "yunikorn.check.gangs" -}}
{{- $path := .path -}}
{{- $sort := .queue.sort | default .sort -}}
{{- $gang := ternary $path .gang (not (empty .queue.gang)) -}}
{{- if and (not .queue.children) $gang (ne $sort "fifo") -}}
  {{- include "yunikorn.check.fail" (dict "path" $path "why" (printf
        "sort is %s, and gang is set (at %s): YuniKorn takes gangs in fifo queues only; leave one of both out."
        $sort $gang)) -}}
{{- end -}}
{{- range .queue.children -}}
  {{- include "yunikorn.check.gangs" (dict "queue" . "path" (printf "%s.%s" $path .name) "sort" $sort "gang" $gang) -}}
{{- end -}}
{{- end -}}
