{{/* The schema of `spec`, from the description of its fields. The rest of the description is for users' tools. */}}
{{- define "environments.crd.spec" -}}
{{- $spec := .Files.Get "spec.yaml" | fromYaml -}}
{{- with $spec.Error }}{{ fail (printf "spec.yaml of the chart environments cannot be read: %s" .) }}{{ end -}}
{{- $properties := dict -}}
{{- range $name, $field := $spec.fields }}{{ $_ := set $properties $name $field.schema }}{{ end -}}
type: object
required: {{ $spec.required | toJson }}
x-kubernetes-validations:
  {{- $spec.rules | toYaml | nindent 2 }}
properties:
  {{- $properties | toYaml | nindent 2 }}
{{- end -}}
