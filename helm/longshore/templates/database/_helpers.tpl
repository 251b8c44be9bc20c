{{/*
A PostgreSQL with declared databases. Takes (dict "root" $ "name" "platform-db" "values" .Values.platformDatabase
"from" the entries of the NetworkPolicy's `from`).
*/}}
{{- define "longshore.database" -}}
{{- $component := dict "root" .root "component" .name }}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .name }}
  labels:
    {{- include "longshore.labels" $component | nindent 4 }}
spec:
  serviceName: {{ .name }}
  replicas: 1
  selector:
    matchLabels:
      {{- include "longshore.selectorLabels" $component | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "longshore.selectorLabels" $component | nindent 8 }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      # A checkpoint of what is in memory.
      terminationGracePeriodSeconds: 60
      securityContext:
        {{- include "longshore.podSecurityContext" .root | nindent 8 }}
      {{- include "longshore.placement" . | indent 6 }}
      containers:
        - name: postgres
          image: {{ include "longshore.image" (dict "root" .root "image" .values.image) }}
          imagePullPolicy: {{ .root.Values.imagePullPolicy }}
          {{- with .values.settings }}
          args:
            {{- range $name, $value := . }}
            - -c
            - {{ printf "%s=%v" $name $value | quote }}
            {{- end }}
          {{- end }}
          env:
            - name: DATABASES
              value: {{ join " " .values.databases | quote }}
            - name: PASSWORD_DIRECTORY
              value: /run/secrets/postgres
          ports:
            - name: postgres
              containerPort: 5432
          # Recovery after a crash may take its time.
          startupProbe:
            exec: { command: [pg_isready, --quiet] }
            periodSeconds: 2
            timeoutSeconds: 5
            failureThreshold: 300
          readinessProbe:
            exec: { command: [pg_isready, --quiet] }
            periodSeconds: 10
            timeoutSeconds: 5
          securityContext:
            {{- include "longshore.containerSecurityContext" .root | nindent 12 }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            - { name: data, mountPath: /var/lib/postgresql }
            - { name: passwords, mountPath: /run/secrets/postgres, readOnly: true }
            - { name: socket, mountPath: /var/run/postgresql }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - name: passwords
          secret:
            secretName: {{ .values.secret }}
            defaultMode: 0440
        - name: socket
          emptyDir: {}
        - name: tmp
          emptyDir: {}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        {{- include "longshore.claim" .values.storage | nindent 8 }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels:
    {{- include "longshore.labels" $component | nindent 4 }}
spec:
  {{- include "longshore.serviceSpec" (dict "root" .root "component" .name "name" "postgres" "port" 5432) | nindent 2 }}
---
{{ include "longshore.disruptionBudget" (dict "root" .root "component" .name "name" .name "values" .values) }}
{{- if .root.Values.networkPolicies.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- include "longshore.labels" $component | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "longshore.selectorLabels" $component | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    - from:
        {{- .from | nindent 8 }}
      ports:
        - { protocol: TCP, port: 5432 }
{{- end }}
{{- end -}}
