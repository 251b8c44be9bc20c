{{/* What may be done in an environment's namespace, by whom: rules of ClusterRoles. The controller binds them there. */}}
{{- define "environments.access.roles" -}}
# The controller: the objects that it makes itself, and those of helm/airflow with Helm's records of them.
controller:
  - apiGroups: [""]
    resources: [resourcequotas, limitranges]
    verbs: [get, create, patch]
  - apiGroups: [""]
    resources: [configmaps, secrets, serviceaccounts, services]
    verbs: [get, list, watch, create, update, patch, delete]
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get, list, watch, create, update, patch, delete]
  - apiGroups: [apps]
    resources: [replicasets]
    verbs: [get, list, watch]
  - apiGroups: [networking.k8s.io]
    resources: [networkpolicies]
    verbs: [get, list, watch, create, update, patch, delete]
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list, watch]
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
# The owner: to see what goes on, and to reach what runs. Nothing to change, and of Secrets the one with their password.
owner:
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [airflow-users]
    verbs: [get]
  - apiGroups: [""]
    resources: [pods, pods/log, events, services, configmaps, resourcequotas, limitranges]
    verbs: [get, list, watch]
  - apiGroups: [apps]
    resources: [deployments, replicasets]
    verbs: [get, list, watch]
  - apiGroups: [batch]
    resources: [jobs]
    verbs: [get, list, watch]
  - apiGroups: [""]
    resources: [pods/portforward]
    verbs: [create]
# The job server: one Job each, whose pods and their logs and events it follows.
job-server:
  - apiGroups: [batch]
    resources: [jobs]
    verbs: [create, get, list, watch, patch, delete]
  - apiGroups: [""]
    resources: [pods]
    verbs: [get, list, watch, delete, deletecollection]
  - apiGroups: [""]
    resources: [pods/log]
    verbs: [get]
  - apiGroups: [""]
    resources: [events]
    verbs: [get, list, watch]
# A driver makes its executors, and what they are configured by, and removes them again.
spark-driver:
  - apiGroups: [""]
    resources: [pods, configmaps, services, persistentvolumeclaims]
    verbs: [create, get, list, watch, update, patch, delete, deletecollection]
# A gang's room is kept by pods that YuniKorn makes.
placeholders:
  - apiGroups: [""]
    resources: [pods]
    verbs: [create]
{{- end -}}
