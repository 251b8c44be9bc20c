{{/*
Guaranteed and maximal resources. Returns what is guaranteed to the queue and to those below it: whole numbers by
resource, as JSON. Takes (dict "queue" {…} "path" "root.a" "limit" the lowest maximum above it, by resource).
*/}}
{{- define "yunikorn.check.resources" -}}
{{- $path := .path -}}
{{- $above := .limit -}}
{{- $where := printf "queue %s" $path -}}
{{- $own := include "yunikorn.resources.amounts" (dict "resources" .queue.guaranteed "where"
      (printf "%s: guaranteed" $where)) | fromJson -}}
{{- $max := include "yunikorn.resources.amounts" (dict "resources" .queue.max "where"
      (printf "%s: max" $where)) | fromJson -}}
{{- include "yunikorn.check.within" (dict "path" $path "small" $own "large" $max
      "what" "guaranteed" "of" "its max %s" "out" "lower it, or raise the max.") -}}
{{- include "yunikorn.check.within" (dict "path" $path "small" $max "large" $above
      "what" "max" "of" "the %s of the queues above" "out" "lower it, or raise theirs.") -}}
{{- $limit := include "yunikorn.resources.lowest" (dict "one" $max "other" $above) | fromJson -}}
{{- $template := include "yunikorn.resources.amounts" (dict "resources" (.queue.template | default dict).max "where"
      (printf "%s: template.max" $where)) | fromJson -}}
{{- include "yunikorn.check.within" (dict "path" $path "small" $template "large" $limit
      "what" "template.max" "of" "the %s of its own max" "out" "lower it, or raise that.") -}}
{{- $sum := dict -}}
{{- range .queue.children -}}
  {{- $below := include "yunikorn.check.resources" (dict "queue" . "path" (printf "%s.%s" $path .name)
        "limit" $limit) | fromJson -}}
  {{- range $resource, $amount := $below -}}
    {{- $_ := set $sum $resource (toString (add (int64 (get $sum $resource | default "0")) (int64 $amount))) -}}
  {{- end -}}
{{- end -}}
{{- include "yunikorn.check.within" (dict "path" $path "small" $sum "large" $own
      "what" "the sum of its children's guaranteed" "of" "its own %s"
      "out" "guarantee less below it, or more to it.") -}}
{{- include "yunikorn.check.within" (dict "path" $path "small" $sum "large" $limit
      "what" "the sum of its children's guaranteed" "of" "its max %s"
      "out" "guarantee less below it, or raise the max.") -}}
{{- $none := true -}}
{{- range $own }}{{ if ne . "0" }}{{ $none = false }}{{ end }}{{ end -}}
{{ ternary $sum $own $none | toJson }}
{{- end -}}

{{/*
Fails where a resource is more in "small" than in "large", which limits only the resources that it names.
Takes (dict "path" "root.a" "what" "max" "small" {…} "of" "its max %s" "large" {…} "out" the way out).
*/}}
{{- define "yunikorn.check.within" -}}
{{- range $resource, $amount := .small -}}
  {{- if and (hasKey $.large $resource) (gt (int64 $amount) (int64 (get $.large $resource))) -}}
    {{- $has := include "yunikorn.resources.text" (dict "resource" $resource "amount" $amount) -}}
    {{- $may := include "yunikorn.resources.text" (dict "resource" $resource "amount" (get $.large $resource)) -}}
    {{- include "yunikorn.check.fail" (dict "path" $.path "why"
          (printf "%s %s %s is more than %s: %s" $.what $resource $has (printf $.of $may) $.out)) -}}
  {{- end -}}
{{- end -}}
{{- end -}}

{{/* The lower of two limits of every resource that either names, as JSON. Takes (dict "one" {…} "other" {…}). */}}
{{- define "yunikorn.resources.lowest" -}}
{{- $found := merge dict .one .other -}}
{{- $other := .other -}}
{{- range $resource, $amount := .one -}}
  {{- if and (hasKey $other $resource) (lt (int64 (get $other $resource)) (int64 $amount)) -}}
    {{- $_ := set $found $resource (get $other $resource) -}}
  {{- end -}}
{{- end -}}
{{ toJson $found }}
{{- end -}}
