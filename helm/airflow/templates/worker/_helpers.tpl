{{/* A task's pod (KubernetesExecutor). It has no key and no database: it speaks to the API server, with a token of its
     task, and reads connections from their file. */}}
{{- define "airflow.worker.pod" -}}
{{- $of := dict "root" $ "component" "worker" "values" (dict "spread" list) -}}
apiVersion: v1
kind: Pod
metadata:
  name: worker
  labels:
    {{- include "airflow.labels" $of | nindent 4 }}
spec:
  {{- include "airflow.pod.common" $of | nindent 2 }}
  automountServiceAccountToken: false
  restartPolicy: Never
  containers:
    - name: base
      {{- include "airflow.pod.container" . | nindent 6 }}
      envFrom:
        - configMapRef:
            name: {{ .Release.Name }}-config
      env:
        # One task runs here; the executor that made the pod is a second of imports.
        - name: AIRFLOW__CORE__EXECUTOR
          value: LocalExecutor
      resources:
        {{- toYaml .Values.worker.resources | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: logs
          mountPath: /opt/airflow/logs
        - name: bundles
          mountPath: /opt/airflow/bundles
        {{- if .Values.connections.secretName }}
        - name: connections
          mountPath: /run/secrets/connections
          readOnly: true
        {{- end }}
  volumes:
    {{- include "airflow.pod.workVolumes" . | nindent 4 }}
{{- end -}}
