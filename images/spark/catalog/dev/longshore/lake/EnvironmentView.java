package dev.longshore.lake;

import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.view.ViewMetadata;
import org.apache.iceberg.view.ViewOperations;

/** A view as an environment has it: its own, or the shared lake's until it replaces that. */
final class EnvironmentView implements ViewOperations {
  private final ViewOperations own;
  private final ViewOperations shared; // null: nothing of the shared lake shows through
  private final String location;
  private final Runnable createNamespace;
  private boolean looked;
  private ViewMetadata current;
  private String shown; // the metadata file that `current` is made from, where it is the shared lake's

  EnvironmentView(ViewOperations own, ViewOperations shared, String location, Runnable createNamespace) {
    this.own = own;
    this.shared = shared;
    this.location = location;
    this.createNamespace = createNamespace;
  }

  @Override
  public synchronized ViewMetadata current() {
    return looked ? current : refresh();
  }

  @Override
  public synchronized ViewMetadata refresh() {
    ViewMetadata found = own.refresh();
    if (found != null || shared == null) {
      current = found;
      shown = null;
    } else {
      show(shared.refresh());
    }
    looked = true;
    return current;
  }

  @Override
  public synchronized void commit(ViewMetadata base, ViewMetadata metadata) {
    if (base != current()) {
      throw new CommitFailedException("Cannot commit: the view has changed in the meantime");
    }
    if (base == metadata) {
      return;
    }
    createNamespace.run();
    try {
      own.commit(shown == null ? base : null, metadata);
    } catch (AlreadyExistsException e) {
      throw base == null ? e : new CommitFailedException(e, "Cannot commit: another job has replaced the view first");
    }
    looked = false;
  }

  /** Makes a shared view the environment's own as it is. */
  synchronized void takeOver() {
    current();
    if (shown != null) {
      createNamespace.run();
      own.commit(null, current);
      looked = false;
    }
  }

  private void show(ViewMetadata view) {
    String file = view == null ? null : view.metadataFileLocation();
    if (file == null) {
      current = null;
    } else if (!file.equals(shown)) {
      current = ViewMetadata.buildFrom(view).setLocation(location).build();
    }
    shown = file;
  }
}
