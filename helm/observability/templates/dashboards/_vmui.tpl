{{/* A dashboard for VictoriaMetrics' page, as JSON. Takes the dashboard. Source: VictoriaMetrics, vmui, dashboards/README.md. */}}
{{- define "observability.dashboards.vmui" -}}
{{- $rows := list }}
{{- range .rows }}
{{- $panels := list }}
{{- range .panels }}
{{- $expressions := list }}
{{- $aliases := list }}
{{- range .queries }}
{{- $expressions = append $expressions .expr }}
{{- $aliases = append $aliases .legend }}
{{- end }}
{{- $panel := dict "title" .title "description" .description "unit" (ternary "" .unit (eq .unit "short")) "width" 6 }}
{{- $panels = append $panels (merge $panel (dict "expr" $expressions "alias" $aliases)) }}
{{- end }}
{{- $rows = append $rows (dict "title" .title "panels" $panels) }}
{{- end }}
{{- dict "title" .title "rows" $rows | toPrettyJson }}
{{- end -}}
