{{/* Who may come in, as entries of a NetworkPolicy's `from`. */}}

{{/* Some of our own components. Takes (dict "root" $ "components" (list "collector")). */}}
{{- define "observability.network.components" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .root.Chart.Name }}
      app.kubernetes.io/instance: {{ .root.Release.Name }}
    matchExpressions:
      - { key: app.kubernetes.io/component, operator: In, values: {{ toJson .components }} }
{{- end -}}

{{/* Pods with a label in namespaces. Takes (dict "namespaces" […] "label" "app.kubernetes.io/component" "value" "server"). */}}
{{- define "observability.network.pods" -}}
{{- with .namespaces }}
- namespaceSelector:
    matchExpressions:
      - { key: kubernetes.io/metadata.name, operator: In, values: {{ toJson . }} }
  podSelector:
    matchLabels:
      {{ $.label }}: {{ $.value }}
{{- end }}
{{- end -}}

{{/* The readers of both stores: they ask for a user who has the rights to what is read. */}}
{{- define "observability.network.readers" -}}
{{- $component := "app.kubernetes.io/component" }}
{{- with .Values.networkPolicies }}
{{- include "observability.network.pods" (dict "namespaces" .serverNamespaces "label" $component "value" "server") }}
{{- include "observability.network.pods" (dict "namespaces" .airflowNamespaces "label" $component "value" "api-server") }}
{{- end }}
{{- end -}}
