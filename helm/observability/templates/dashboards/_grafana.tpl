{{/* A dashboard for Grafana, as JSON. Takes the dashboard. The data source is chosen on its page. */}}
{{- define "observability.dashboards.grafana" -}}
{{- $source := dict "type" "prometheus" "uid" "${datasource}" }}
{{- $panels := list }}
{{- $y := 0 }}
{{- range .rows }}
{{- $row := dict "type" "row" "title" .title "collapsed" false "panels" list }}
{{- $panels = append $panels (merge $row (dict "id" (len $panels | add1) "gridPos" (dict "x" 0 "y" $y "w" 24 "h" 1))) }}
{{- $y = add $y 1 }}
{{- range $i, $panel := .panels }}
{{- $targets := list }}
{{- range $n, $query := .queries }}
{{- $target := dict "refId" (printf "Q%d" $n) "datasource" $source "expr" $query.expr "legendFormat" $query.legend }}
{{- $targets = append $targets $target }}
{{- end }}
{{- $place := dict "x" (mul 12 (mod $i 2)) "y" (add $y (mul 8 (div $i 2))) "w" 12 "h" 8 }}
{{- $made := dict "id" (len $panels | add1) "type" "timeseries" "title" .title "description" .description }}
{{- $made = merge $made (dict "datasource" $source "gridPos" $place "targets" $targets) }}
{{- $fields := dict "defaults" (dict "unit" .unit "min" 0) "overrides" list }}
{{- $panels = append $panels (merge $made (dict "fieldConfig" $fields)) }}
{{- end }}
{{- $y = add $y (mul 8 (div (add1 (len .panels)) 2)) }}
{{- end }}
{{- $choice := dict "name" "datasource" "type" "datasource" "query" "prometheus" "label" "Data source" }}
{{- $dashboard := dict "title" .title "uid" .uid "tags" (list "longshore") "schemaVersion" 39 "editable" true "refresh" "30s" }}
{{- $time := dict "from" "now-3h" "to" "now" }}
{{- merge $dashboard (dict "time" $time "templating" (dict "list" (list $choice)) "panels" $panels) | toPrettyJson }}
{{- end -}}
