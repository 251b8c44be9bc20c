package dev.longshore.lake;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.hadoop.Configurable;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.view.BaseMetastoreViewCatalog;
import org.apache.iceberg.view.ViewOperations;

/**
 * The lake as an environment sees it: its own tables, and behind them those of the shared lake, to read.
 *
 * <p>What a job calls {@code raw.flights} is {@code env_<name>.raw.flights} if that is there, or else the shared
 * lake's. All that is written is written to {@code env_<name>}, and its files lie below
 * {@code <warehouse>/env_<name>/}. A shared table that is written to becomes the environment's own by that commit, see
 * {@link EnvironmentTable}; one that is dropped is only hidden, by a property of the environment's namespace.
 *
 * <p>Decision record: docs/decisions/2026-11-25-lake-schemas-of-environments.md.
 */
public final class EnvironmentCatalog extends BaseMetastoreViewCatalog
    implements SupportsNamespaces, Configurable<Object> {
  /** The property with the environment's name, as Kubernetes has it: a DNS label. */
  static final String ENVIRONMENT = "environment";

  private static final String SCHEMAS = "env_";
  private static final String DROPPED = "longshore.dropped.";

  private final Lake lake = new Lake();
  private Map<String, String> properties = Map.of();
  private String schema;

  /** The catalog in PostgreSQL, with what it keeps from other packages. */
  private static final class Lake extends JdbcCatalog {
    @Override
    public TableOperations newTableOps(TableIdentifier table) {
      return new KnownCommits(super.newTableOps(table));
    }

    @Override
    public ViewOperations newViewOps(TableIdentifier view) {
      return super.newViewOps(view);
    }

    @Override
    public String defaultWarehouseLocation(TableIdentifier table) {
      return super.defaultWarehouseLocation(table);
    }
  }

  @Override
  public void setConf(Object conf) {
    lake.setConf(conf);
  }

  @Override
  public void initialize(String name, Map<String, String> options) {
    String environment = options.getOrDefault(ENVIRONMENT, "");
    if (!environment.matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?")) {
      throw new ValidationException("'%s' is not an environment's name; use a-z, 0-9 and '-'.", environment);
    }
    schema = SCHEMAS + environment.replace('-', '_');
    properties = Map.copyOf(options);
    lake.initialize(name, options);
  }

  @Override
  public String name() {
    return lake.name();
  }

  @Override
  protected Map<String, String> properties() {
    return properties;
  }

  @Override
  public void close() throws IOException {
    lake.close();
    super.close();
  }

  // ---- tables and views

  @Override
  protected EnvironmentTable newTableOps(TableIdentifier table) {
    TableOperations shared = isOpen(table) ? lake.newTableOps(table) : null;
    Namespace namespace = own(table.namespace());
    return new EnvironmentTable(lake.newTableOps(own(table)), shared, place(table), () -> create(namespace));
  }

  @Override
  protected EnvironmentView newViewOps(TableIdentifier view) {
    ViewOperations shared = isOpen(view) ? lake.newViewOps(view) : null;
    Namespace namespace = own(view.namespace());
    String location = lake.defaultWarehouseLocation(own(view));
    return new EnvironmentView(lake.newViewOps(own(view)), shared, location, () -> create(namespace));
  }

  @Override
  protected String defaultWarehouseLocation(TableIdentifier table) {
    return lake.defaultWarehouseLocation(own(table));
  }

  @Override
  public List<TableIdentifier> listTables(Namespace namespace) {
    return list(namespace, lake::listTables);
  }

  @Override
  public List<TableIdentifier> listViews(Namespace namespace) {
    return list(namespace, lake::listViews);
  }

  /** {@code purge} is not for here: a table's first files may be the shared lake's; all own ones go with the schema. */
  @Override
  public boolean dropTable(TableIdentifier table, boolean purge) {
    boolean own = lake.dropTable(own(table), false);
    boolean shared = isOpen(table) && lake.tableExists(table);
    if (shared) {
      hide(table);
    }
    return own || shared;
  }

  @Override
  public boolean dropView(TableIdentifier view) {
    boolean own = lake.dropView(own(view));
    boolean shared = isOpen(view) && lake.viewExists(view);
    if (shared) {
      hide(view);
    }
    return own || shared;
  }

  @Override
  public void renameTable(TableIdentifier from, TableIdentifier to) {
    EnvironmentTable table = newTableOps(from);
    if (table.current() == null) {
      throw new NoSuchTableException("Table does not exist: %s", from);
    }
    checkNew(to);
    table.takeOver();
    lake.renameTable(own(from), own(to));
    if (isOpen(from) && lake.tableExists(from)) {
      hide(from);
    }
  }

  @Override
  public void renameView(TableIdentifier from, TableIdentifier to) {
    EnvironmentView view = newViewOps(from);
    if (view.current() == null) {
      throw new NoSuchViewException("View does not exist: %s", from);
    }
    checkNew(to);
    view.takeOver();
    lake.renameView(own(from), own(to));
    if (isOpen(from) && lake.viewExists(from)) {
      hide(from);
    }
  }

  // ---- namespaces

  @Override
  public boolean namespaceExists(Namespace namespace) {
    return lake.namespaceExists(own(namespace)) || isShared(namespace);
  }

  @Override
  public void createNamespace(Namespace namespace, Map<String, String> metadata) {
    if (namespaceExists(namespace)) {
      throw new AlreadyExistsException("Namespace already exists: %s", namespace);
    }
    lake.createNamespace(own(namespace), metadata);
  }

  @Override
  public List<Namespace> listNamespaces(Namespace namespace) {
    checkThere(namespace);
    Set<Namespace> found = new LinkedHashSet<>();
    if (lake.namespaceExists(own(namespace))) {
      lake.listNamespaces(own(namespace)).forEach(one -> found.add(withoutSchema(one)));
    }
    if (namespace.isEmpty() || isShared(namespace)) {
      lake.listNamespaces(namespace).stream().filter(EnvironmentCatalog::isNoSchema).forEach(found::add);
    }
    return List.copyOf(found);
  }

  @Override
  public Map<String, String> loadNamespaceMetadata(Namespace namespace) {
    checkThere(namespace);
    Map<String, String> found = new HashMap<>(isShared(namespace) ? lake.loadNamespaceMetadata(namespace) : Map.of());
    found.putAll(ownMetadata(namespace));
    return found;
  }

  @Override
  public boolean setProperties(Namespace namespace, Map<String, String> changed) {
    checkThere(namespace);
    create(own(namespace));
    return lake.setProperties(own(namespace), changed);
  }

  @Override
  public boolean removeProperties(Namespace namespace, Set<String> removed) {
    checkThere(namespace);
    create(own(namespace));
    return lake.removeProperties(own(namespace), removed);
  }

  @Override
  public boolean dropNamespace(Namespace namespace) {
    if (!namespaceExists(namespace)) {
      return false;
    }
    if (isShared(namespace)) { // without its own, an environment would see all of it again
      throw new ValidationException(
          "The namespace %s is also the shared lake's, which this environment only reads: drop its tables.", namespace);
    }
    if (!listViews(namespace).isEmpty() || !listNamespaces(namespace).isEmpty()) {
      throw new NamespaceNotEmptyException("Namespace %s is not empty.", namespace);
    }
    return lake.dropNamespace(own(namespace));
  }

  // ---- what is whose

  private Namespace own(Namespace namespace) {
    return Namespace.of(Stream.concat(Stream.of(schema), Arrays.stream(namespace.levels())).toArray(String[]::new));
  }

  private static Namespace withoutSchema(Namespace own) {
    return Namespace.of(Arrays.copyOfRange(own.levels(), 1, own.length()));
  }

  private TableIdentifier own(TableIdentifier table) {
    return TableIdentifier.of(own(table.namespace()), table.name());
  }

  private Place place(TableIdentifier table) {
    String location = lake.defaultWarehouseLocation(own(table));
    String below = lake.defaultWarehouseLocation(TableIdentifier.of(schema, "-"));
    return new Place(schema, location, below.substring(0, below.length() - 1));
  }

  /** Other environments' schemas are no part of the shared lake. */
  private static boolean isNoSchema(Namespace namespace) {
    return namespace.isEmpty() || !namespace.level(0).startsWith(SCHEMAS);
  }

  private boolean isShared(Namespace namespace) {
    return isNoSchema(namespace) && !namespace.isEmpty() && lake.namespaceExists(namespace);
  }

  /** Whether the shared lake shows through where this name is. */
  private boolean isOpen(TableIdentifier table) {
    return isNoSchema(table.namespace()) && !isHidden(ownMetadata(table.namespace()), table);
  }

  private static boolean isHidden(Map<String, String> metadata, TableIdentifier table) {
    return "true".equals(metadata.get(DROPPED + table.name()));
  }

  private Map<String, String> ownMetadata(Namespace namespace) {
    return lake.namespaceExists(own(namespace)) ? lake.loadNamespaceMetadata(own(namespace)) : Map.of();
  }

  private void hide(TableIdentifier table) {
    create(own(table.namespace()));
    lake.setProperties(own(table.namespace()), Map.of(DROPPED + table.name(), "true"));
  }

  private List<TableIdentifier> list(Namespace namespace, Function<Namespace, List<TableIdentifier>> list) {
    checkThere(namespace);
    Set<TableIdentifier> found = new LinkedHashSet<>();
    if (lake.namespaceExists(own(namespace))) {
      list.apply(own(namespace)).forEach(one -> found.add(TableIdentifier.of(namespace, one.name())));
    }
    if (isShared(namespace)) {
      Map<String, String> metadata = ownMetadata(namespace);
      list.apply(namespace).stream().filter(one -> !isHidden(metadata, one)).forEach(found::add);
    }
    return List.copyOf(found);
  }

  private void checkThere(Namespace namespace) {
    if (!namespace.isEmpty() && !namespaceExists(namespace)) {
      throw new NoSuchNamespaceException("Namespace does not exist: %s", namespace);
    }
  }

  private void checkNew(TableIdentifier to) {
    checkThere(to.namespace());
    if (tableExists(to) || viewExists(to)) {
      throw new AlreadyExistsException("Table or view already exists: %s", to);
    }
    create(own(to.namespace()));
  }

  private void create(Namespace namespace) {
    if (lake.namespaceExists(namespace)) {
      return;
    }
    try {
      lake.createNamespace(namespace, Map.of());
    } catch (RuntimeException e) { // two jobs that begin together: the lake looks first and creates then
      if (!lake.namespaceExists(namespace)) {
        throw e;
      }
    }
  }
}
