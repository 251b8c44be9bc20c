{{/*
Who may submit to a queue, and who may administer it. Access to a queue is access to all below it.
Takes (dict "queue" {…} "path" "root.a" "open" the queue above it to which everyone may submit, or "").
*/}}
{{- define "yunikorn.check.access" -}}
{{- $path := .path -}}
{{- $open := .open -}}
{{- if and $open .queue.submit -}}
  {{- include "yunikorn.check.fail" (dict "path" $path
        "why" (printf "submit changes nothing, since everyone may submit to %s: say there who may." $open)) -}}
{{- end -}}
{{- range $of, $access := pick .queue "submit" "admin" -}}
  {{- $users := $access.users | default list -}}
  {{- $groups := $access.groups | default list -}}
  {{- if has "*" (concat $users $groups) -}}
    {{- if gt (len (concat $users $groups)) 1 -}}
      {{- include "yunikorn.check.fail" (dict "path" $path
            "why" (printf "%s: \"*\" is everyone, and others are named beside it: leave one of both out." $of)) -}}
    {{- end -}}
    {{- $open = $path -}}
  {{- else -}}
    {{- range $kind, $names := dict "users" $users "groups" $groups -}}
      {{- range $name := $names -}}
        {{- include "yunikorn.check.person" (dict "path" $path "what" $of "name" $name
              "kind" (printf "%s of an access list" $kind)) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range .queue.children -}}
  {{- include "yunikorn.check.access" (dict "queue" . "path" (printf "%s.%s" $path .name) "open" $open) -}}
{{- end -}}
{{- end -}}

{{/* Fails where a name is none that YuniKorn takes. Takes (dict "path" … "what" … "kind" "users" "name" "ann"). */}}
{{- define "yunikorn.check.person" -}}
{{- $patterns := dict
      "users" "^[_a-zA-Z][a-zA-Z0-9:#/_.@-]*[$]?$"
      "groups" "^[_a-zA-Z][a-zA-Z0-9:_.-]*$"
      "users of an access list" "^[_a-zA-Z][a-zA-Z0-9_.@-]*[$]?$"
      "groups of an access list" "^[_a-zA-Z][a-zA-Z0-9_-]*$" -}}
{{- $pattern := get $patterns .kind -}}
{{- if not (regexMatch $pattern .name) -}}
  {{- include "yunikorn.check.fail" (dict "path" .path
        "why" (printf "%s: %q is no name among %s (%s): correct it." .what .name .kind $pattern)) -}}
{{- end -}}
{{- end -}}
