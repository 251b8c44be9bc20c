{{/*
What VictoriaMetrics scrapes. The names are those of kube-prometheus, so the same queries work with `mode: existing`.
No label has the name of a job run's pod: pods of job runs are not scraped, and what the kubelet reports about their
containers is summed up by namespace and container (`observability.aggregation`).
*/}}
{{- define "observability.scrape" -}}
global:
  scrape_interval: {{ .Values.metrics.scrapeInterval }}
scrape_configs:
  - job_name: pods
    kubernetes_sd_configs:
      - role: pod
        namespaces:
          names: {{ toJson .Values.metrics.scrapeNamespaces }}
    relabel_configs:
      - action: keep
        source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]
        regex: "true"
      - action: drop
        source_labels: [__meta_kubernetes_pod_labelpresent_emr_containers_amazonaws_com_job_id]
        regex: "true"
      - action: drop
        source_labels: [__meta_kubernetes_pod_phase]
        regex: Pending|Succeeded|Failed
      # One target a pod, however many ports it has.
      - action: keep_if_equal
        source_labels: [__meta_kubernetes_pod_container_port_number, __meta_kubernetes_pod_annotation_prometheus_io_port]
      - source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_path]
        regex: (.+)
        target_label: __metrics_path__
      - { source_labels: [__meta_kubernetes_namespace], target_label: namespace }
      - { source_labels: [__meta_kubernetes_pod_name], target_label: pod }
      - { source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_component], target_label: component }
  {{- range $path, $metrics := dict
    "/metrics/cadvisor" "container_(cpu_usage_seconds_total|memory_working_set_bytes|oom_events_total)|machine_(cpu_cores|memory_bytes)"
    "/metrics" "kubelet_(volume_stats_(available|capacity)_bytes|running_pods)" }}
  - job_name: kubelet{{ $path }}
    scheme: https
    metrics_path: {{ $path }}
    bearer_token_file: /var/run/secrets/kubernetes.io/serviceaccount/token
    # Kubelets sign their certificates themselves; the token is only good for reading metrics.
    tls_config: { insecure_skip_verify: true }
    kubernetes_sd_configs:
      - role: node
    relabel_configs:
      - { target_label: job, replacement: kubelet }
      - { source_labels: [__meta_kubernetes_node_name], target_label: node }
    metric_relabel_configs:
      - action: keep
        source_labels: [__name__]
        regex: {{ $metrics }}
      {{- if eq $path "/metrics/cadvisor" }}
      # Placeholders of gangs, and pods of tasks, whose names never repeat.
      - { action: drop, source_labels: [container], regex: POD|pause|base }
      # The whole node (its id is "/") and containers are kept. Pods and slices are sums of containers.
      - { action: drop, source_labels: [__name__, container, id], regex: container_.+;;/.+ }
      - { source_labels: [id], regex: /.+, target_label: id, replacement: "" }
      - { action: labeldrop, regex: name|image }
      {{- end }}
  {{- end }}
{{- end -}}

{{/*
Containers of job runs, summed up by namespace and container while they arrive: a driver's or executor's pod has the name of
its run, and a name that never repeats would be a new series each time.
*/}}
{{- define "observability.aggregation" -}}
{{- range $metric, $output := dict
  "container_cpu_usage_seconds_total" "total"
  "container_oom_events_total" "total"
  "container_memory_working_set_bytes" "max" }}
- match: '{{ $metric }}{container=~"spark-kubernetes-(driver|executor)"}'
  interval: {{ $.Values.metrics.scrapeInterval }}
  by: [namespace, container]
  outputs: [{{ $output }}]
  keep_metric_names: true
{{- end }}
{{- end -}}
