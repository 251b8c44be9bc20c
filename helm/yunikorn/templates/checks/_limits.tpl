{{/*
Limits of users and groups in a queue and in those below it.
Takes (dict "queue" {…} "path" "root.a" "above" what holds from the queues above it:
{users: {ann: {max: {cpu: "1000"}, applications: "3"}}, groups: {}}).
*/}}
{{- define "yunikorn.check.limits" -}}
{{- $path := .path -}}
{{- $above := .above -}}
{{- $queue := .queue -}}
{{- $within := dict "users" (deepCopy .above.users) "groups" (deepCopy .above.groups) -}}
{{- $seen := dict "users" dict "groups" dict -}}
{{- range $limit := .queue.limits -}}
  {{- $whom := join ", " (concat ($limit.users | default list) ($limit.groups | default list)) -}}
  {{- $what := printf "the limit of %s" ($whom | default "nobody") -}}
  {{- include "yunikorn.check.limit.names" (dict "limit" $limit "path" $path "what" $what "seen" $seen) -}}
  {{- $max := include "yunikorn.check.limit.amounts" (dict "limit" $limit "path" $path
        "what" $what "queue" $queue) | fromJson -}}
  {{- range $kind := list "users" "groups" -}}
    {{- range $name := get $limit $kind | default list -}}
      {{- $known := get (get $above $kind) $name -}}
      {{- $everyone := get (get $above $kind) "*" -}}
      {{- $outer := $known | default $everyone -}}
      {{- if $outer -}}
        {{- include "yunikorn.check.within" (dict "path" $path "small" $max "large" $outer.max
              "what" (printf "%s: max" $what) "of" (printf "the %%s that %s may have above it" $name)
              "out" "lower it, or raise that.") -}}
        {{- $most := int64 $outer.applications -}}
        {{- $own := int64 ($limit.maxApplications | default 0) -}}
        {{- if and $most (or (not $own) (gt $own $most)) -}}
          {{- $has := ternary (toString $own) "(none)" (gt $own 0) -}}
          {{- include "yunikorn.check.fail" (dict "path" $path
                "why" (printf "%s: maxApplications %s is more than the %d that %s may have above it: %s"
                $what $has $most $name "lower it, or raise that.")) -}}
        {{- end -}}
      {{- end -}}
      {{- $effective := $max -}}
      {{- if $known -}}
        {{- $effective = include "yunikorn.resources.lowest" (dict "one" $max "other" $known.max) | fromJson -}}
      {{- end -}}
      {{- $applications := toString (int64 ($limit.maxApplications | default 0)) -}}
      {{- $_ := set (get $within $kind) $name (dict "max" $effective "applications" $applications) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range .queue.children -}}
  {{- include "yunikorn.check.limits" (dict "queue" . "path" (printf "%s.%s" $path .name) "above" $within) -}}
{{- end -}}
{{- end -}}

{{/*
Whom a limit names. Takes (dict "limit" {…} "path" … "what" … "seen" whom those before it name, to which it adds).
*/}}
{{- define "yunikorn.check.limit.names" -}}
{{- if not (or .limit.users .limit.groups) -}}
  {{- include "yunikorn.check.fail" (dict "path" .path
        "why" (printf "%s: it names no user and no group: name one, or \"*\"." .what)) -}}
{{- end -}}
{{- range $kind := list "users" "groups" -}}
  {{- $seen := get $.seen $kind -}}
  {{- range $name := get $.limit $kind | default list -}}
    {{- if ne $name "*" -}}
      {{- include "yunikorn.check.person" (dict "path" $.path "what" $.what "kind" $kind "name" $name) -}}
    {{- end -}}
    {{- if hasKey $seen $name -}}
      {{- include "yunikorn.check.fail" (dict "path" $.path
            "why" (printf "%s: %s is there twice: put what both say into one." $.what $name)) -}}
    {{- end -}}
    {{- if hasKey $seen "*" -}}
      {{- include "yunikorn.check.fail" (dict "path" $.path
            "why" (printf "%s: %s comes after \"*\", which stands for all others: put \"*\" last." $.what $name)) -}}
    {{- end -}}
    {{- $_ := set $seen $name true -}}
  {{- end -}}
{{- end -}}
{{- if and (hasKey $.seen.groups "*") (eq (len $.seen.groups) 1) -}}
  {{- include "yunikorn.check.fail" (dict "path" .path
        "why" (printf "%s: \"*\" is the only group, for which there is the queue's max: name one before it." .what)) -}}
{{- end -}}
{{- end -}}

{{/*
What a limit allows: whole numbers by resource, as JSON. Takes (dict "limit" {…} "path" … "what" … "queue" {…}).
*/}}
{{- define "yunikorn.check.limit.amounts" -}}
{{- $max := include "yunikorn.resources.amounts" (dict "resources" .limit.max "where"
      (printf "queue %s: %s: max" .path .what)) | fromJson -}}
{{- $some := false -}}
{{- range $max }}{{ if ne . "0" }}{{ $some = true }}{{ end }}{{ end -}}
{{- if and $max (not $some) -}}
  {{- include "yunikorn.check.fail" (dict "path" .path
        "why" (printf "%s: a max of nothing at all: leave max out, or say more than 0." .what)) -}}
{{- end -}}
{{- $own := int64 (.limit.maxApplications | default 0) -}}
{{- if not (or $max $own) -}}
  {{- include "yunikorn.check.fail" (dict "path" .path
        "why" (printf "%s: it limits nothing: say max or maxApplications." .what)) -}}
{{- end -}}
{{- $most := int64 (.queue.maxApplications | default 0) -}}
{{- if and $most (gt $own $most) -}}
  {{- include "yunikorn.check.fail" (dict "path" .path
        "why" (printf "%s: maxApplications %d is more than the queue's %d: lower it." .what $own $most)) -}}
{{- end -}}
{{- $whole := include "yunikorn.resources.amounts" (dict "resources" .queue.max "where" .path) | fromJson -}}
{{- include "yunikorn.check.within" (dict "path" .path "small" $max "large" $whole
      "what" (printf "%s: max" .what) "of" "the queue's %s" "out" "lower it, or raise that.") -}}
{{ toJson $max }}
{{- end -}}
