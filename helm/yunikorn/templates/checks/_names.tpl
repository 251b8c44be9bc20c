{{/*
Names of the queues below one, their number of levels, and the one for namespaces without a queue.
Takes (dict "queue" {…} "path" "root").
*/}}
{{- define "yunikorn.check.names" -}}
{{- $path := .path -}}
{{- $level := len (splitList "." $path) -}}
{{- $seen := dict -}}
{{- range .queue.children -}}
  {{- $name := .name -}}
  {{- $own := printf "%s.%s" $path $name -}}
  {{- if not (regexMatch "^[a-zA-Z0-9_:#/@-]{1,64}$" $name) -}}
    {{- include "yunikorn.check.fail" (dict "path" $own
          "why" "its name is not of 1 to 64 letters, digits and _:#/@-: correct it (a dot is written _dot_).") -}}
  {{- end -}}
  {{- if hasKey $seen (lower $name) -}}
    {{- include "yunikorn.check.fail" (dict "path" $own
          "why" "its name is there twice (upper and lower case are the same): put what both say into one.") -}}
  {{- end -}}
  {{- $_ := set $seen (lower $name) true -}}
  {{- if and (eq $path "root") (eq (lower $name) "default") -}}
    {{- if ne $name "default" -}}
      {{- include "yunikorn.check.fail" (dict "path" $own "why" "YuniKorn looks for it as `default`: write it so.") -}}
    {{- end -}}
    {{- if or .children .parent -}}
      {{- include "yunikorn.check.fail" (dict "path" $own
            "why" "it is for namespaces without a queue, which it cannot be with queues below it: leave them out.") -}}
    {{- end -}}
  {{- end -}}
  {{- if and (or .children .parent) (ge $level 2) -}}
    {{- include "yunikorn.check.fail" (dict "path" $own
          "why" (printf "nothing is ever put below it (the rules end at root.<namespace>.<user>): leave its %s out."
                (ternary "children" "parent" (not (empty .children))))) -}}
  {{- end -}}
  {{- if and .template (not .parent) -}}
    {{- include "yunikorn.check.fail" (dict "path" $own
          "why" "template is for the queues that YuniKorn makes below it, which needs parent: true: say that, or leave it out.") -}}
  {{- end -}}
  {{- include "yunikorn.check.names" (dict "queue" . "path" $own) -}}
{{- end -}}
{{- end -}}
