{{/*
The collector's configuration. A line is delivered at least once: the receiver notes how far it has read only after its lines
are in the exporter's queue (the feature gate stanza.synchronousLogEmitter), both lie on the node's disk, and a full queue
stops the reading.
*/}}
{{- define "observability.collector.config" -}}
extensions:
  health_check:
    endpoint: ${env:POD_IP}:13133
  file_storage:
    directory: /var/lib/collector
    create_directory: true
receivers:
  file_log:
    # The second pattern has what the kubelet rotated while no collector ran; it compresses all but the newest.
    include: [/var/log/pods/*/*/*.log, /var/log/pods/*/*/*.log.2*]
    exclude:
      - /var/log/pods/*/*/*.gz
      - /var/log/pods/*/*/*.tmp
      # Its own lines would make more lines.
      - /var/log/pods/{{ .Release.Namespace }}_collector-*/*/*
      {{- range .Values.collector.excludedNamespaces }}
      - /var/log/pods/{{ . }}_*/*/*
      {{- end }}
    start_at: beginning
    include_file_path: true
    include_file_name: false
    poll_interval: 500ms
    # Files that are read at a time; a node has some hundred.
    max_concurrent_files: 64
    storage: file_storage
    retry_on_failure:
      enabled: true
      max_elapsed_time: 0
    operators:
      # Time, stream and namespace, pod and container from the kubelet's format and path. Long lines are joined again.
      - type: container
      {{- if .Values.collector.redact }}
      {{- include "observability.collector.redaction" . | nindent 6 }}
      {{- end }}
      # The path names the pod, whose attributes are there already.
      - type: remove
        field: attributes["log.file.path"]
  otlp:
    protocols:
      http:
        endpoint: ${env:POD_IP}:4318
processors:
  memory_limiter:
    check_interval: 1s
    limit_percentage: 80
    spike_limit_percentage: 20
  k8s_attributes:
    auth_type: serviceAccount
    filter:
      node_from_env_var: NODE_NAME
    pod_association:
      - sources: [{ from: resource_attribute, name: k8s.pod.uid }]
    extract:
      metadata: [k8s.node.name]
      labels:
        - { from: pod, key: emr-containers.amazonaws.com/job.id, tag_name: job_run }
        - { from: pod, key: emr-containers.amazonaws.com/component, tag_name: job_component }
        - { from: pod, key: emr-containers.amazonaws.com/virtual-cluster-id, tag_name: virtual_cluster }
        - { from: pod, key: yunikorn.apache.org/username, tag_name: owner }
        - { from: pod, key: app.kubernetes.io/component, tag_name: component }
  # Of what Airflow says about itself, only what names a series that it goes on with.
  resource/metrics:
    attributes:
      - { action: delete, pattern: ^(telemetry|process|host|os|container|service\.instance)\..* }
exporters:
  otlp_http/logs:
    logs_endpoint: http://logs:9428/insert/opentelemetry/v1/logs
    compression: gzip
    headers:
      # A stream is a container of a pod; all other attributes are fields.
      VL-Stream-Fields: k8s.namespace.name,k8s.pod.name,k8s.container.name
    {{- include "observability.collector.delivery" . | nindent 4 }}
  otlp_http/metrics:
    metrics_endpoint: http://metrics:8428/opentelemetry/v1/metrics
    compression: gzip
    # Metrics of an outage are not worth a disk.
    sending_queue: { queue_size: 100 }
service:
  extensions: [health_check, file_storage]
  telemetry:
    logs:
      level: warn
    metrics:
      readers:
        - pull:
            exporter:
              prometheus:
                host: ${env:POD_IP}
                port: 8888
  pipelines:
    logs:
      receivers: [file_log]
      processors: [memory_limiter, k8s_attributes]
      exporters: [otlp_http/logs]
    metrics:
      receivers: [otlp]
      processors: [memory_limiter, resource/metrics]
      exporters: [otlp_http/metrics]
{{- end -}}

{{/* Delivery until the store takes it, from a queue on the disk. */}}
{{- define "observability.collector.delivery" -}}
retry_on_failure:
  initial_interval: 1s
  max_interval: 15s
  # Never given up.
  max_elapsed_time: 0
sending_queue:
  storage: file_storage
  sizer: items
  queue_size: {{ int .Values.collector.queueSize }}
  # Waits for room instead of dropping.
  block_on_overflow: true
  num_consumers: 2
  # Made of what is in the queue, and deleted there only when it is delivered.
  batch: { flush_timeout: 1s, min_size: 1000, max_size: 5000 }
{{- end -}}

{{/*
Secrets that a line names are replaced where they are read, so they reach no store. The value after a name such as password
or secret_key, the credentials of an Authorization header, and the password in an address.
*/}}
{{- define "observability.collector.redaction" -}}
{{- $names := "password|passwd|passphrase|pwd|secret|secret[_.-]?(?:access[_.-]?)?key|private[_.-]?key|api[_.-]?key|(?:access|auth|session|refresh|bearer)[_.-]?token|fernet[_.-]?key|jwt[_.-]?secret" -}}
{{- range $regex, $replacement := dict
  (printf `(?i)((?:^|[^a-z0-9])(?:[a-z0-9]+[_.-])*(?:%s)["']?\s*[=:]\s*["']?)[^\s"',;&)}\]]+` $names) "$${1}[redacted]"
  `(?i)(authorization["']?\s*[=:]\s*["']?(?:bearer|basic|aws4-hmac-sha256)\s+)[^"'\r\n]+` "$${1}[redacted]"
  `([a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@` "$${1}[redacted]@" }}
- type: regex_replace
  field: body
  regex: {{ $regex | replace "'" "''" | squote }}
  replace_with: {{ $replacement | squote }}
{{- end }}
{{- end -}}
