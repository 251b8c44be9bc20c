{{/* YuniKorn's name of a resource of Kubernetes'. */}}
{{- define "yunikorn.resources.name" -}}
{{ ternary "vcore" . (eq . "cpu") }}
{{- end -}}

{{/* Resources as YuniKorn reads them, as JSON. Takes quantities of Kubernetes' by resource. */}}
{{- define "yunikorn.resources" -}}
{{- $found := dict -}}
{{- range $resource, $value := . -}}
  {{- $text := include "yunikorn.quantity" $value -}}
  {{- $name := include "yunikorn.resources.name" $resource -}}
  {{- /* It knows no fractions: 1.5 cores are 1500m, and 1.5Gi so many bytes. */ -}}
  {{- if contains "." $text -}}
    {{- $amount := include "yunikorn.resources.amount" (dict "resource" $resource "value" $value) -}}
    {{- $text = ternary (printf "%sm" $amount) $amount (eq $resource "cpu") -}}
  {{- end -}}
  {{- $_ := set $found $name $text -}}
{{- end -}}
{{ toJson $found }}
{{- end -}}

{{/* A value as it was written; Helm reads whole numbers as fractions, and would write 1e+06. */}}
{{- define "yunikorn.quantity" -}}
{{- if kindIs "string" . -}}
{{ . }}
{{- else if eq (float64 .) (float64 (int64 .)) -}}
{{ int64 . }}
{{- else -}}
{{ . }}
{{- end -}}
{{- end -}}

{{/*
A quantity as a whole number: thousandths of a core for cpu, bytes or pieces for everything else.
Takes (dict "resource" "cpu" "value" "1500m"), and "where" for the message where it is none.
*/}}
{{- define "yunikorn.resources.amount" -}}
{{- $where := .where | default "a queue" -}}
{{- if eq .resource "vcore" -}}
  {{- fail (printf "yunikorn: %s: vcore is YuniKorn's own name: write cpu, as everywhere in Kubernetes." $where) -}}
{{- end -}}
{{- $text := include "yunikorn.quantity" .value -}}
{{- if not (regexMatch "^(0|[1-9][0-9]*)([.][0-9]{1,3})?([mkMGTP]|[KMGTP]i)?$" $text) -}}
  {{- fail (printf "yunikorn: %s: %s %q is no quantity: write a number such as 4, 1500m (cpu only), 512Mi or 1.5Gi."
        $where .resource $text) -}}
{{- end -}}
{{- $number := regexFind "^[0-9.]+" $text -}}
{{- $unit := trimPrefix $number $text -}}
{{- $cpu := eq .resource "cpu" -}}
{{- if or (and (eq $unit "m") (or (not $cpu) (contains "." $number))) (and $cpu (not (has $unit (list "" "m")))) -}}
  {{- fail (printf "yunikorn: %s: %s %q has a unit that does not go with it: %s." $where .resource
        $text (ternary "write cores (4, 1.5) or thousandths (1500m)" "write bytes or pieces (512Mi, 2)" $cpu)) -}}
{{- end -}}
{{- $units := dict
      "" 1 "m" 1
      "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "P" 1000000000000000
      "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 -}}
{{- $factor := int64 (get $units $unit) -}}
{{- if and $cpu (eq $unit "") }}{{ $factor = 1000 }}{{ end -}}
{{- $exact := mulf (float64 $number) (float64 $factor) -}}
{{- if gt $exact 9e15 -}}
  {{- fail (printf "yunikorn: %s: %s %q is more than YuniKorn can count: leave it out where there shall be no limit."
        $where .resource $text) -}}
{{- end -}}
{{ printf "%.0f" $exact }}
{{- end -}}

{{/* All quantities of a table as whole numbers, in JSON texts. Takes (dict "resources" {…} "where" …). */}}
{{- define "yunikorn.resources.amounts" -}}
{{- $where := .where -}}
{{- $found := dict -}}
{{- range $resource, $value := .resources -}}
  {{- $_ := set $found $resource (include "yunikorn.resources.amount" (dict "resource" $resource "value" $value
        "where" $where)) -}}
{{- end -}}
{{ toJson $found }}
{{- end -}}

{{/* A whole number as a person writes it. Takes (dict "resource" "memory" "amount" "2147483648"). */}}
{{- define "yunikorn.resources.text" -}}
{{- $amount := int64 .amount -}}
{{- if eq .resource "cpu" -}}
{{- if mod $amount 1000 }}{{ $amount }}m{{ else }}{{ div $amount 1000 }}{{ end -}}
{{- else if and $amount (not (mod $amount 1073741824)) -}}
{{ div $amount 1073741824 }}Gi
{{- else if and $amount (not (mod $amount 1048576)) -}}
{{ div $amount 1048576 }}Mi
{{- else -}}
{{ $amount }}
{{- end -}}
{{- end -}}
