package io.pharos.tsdb;

import java.io.IOException;
import java.nio.file.Path;

/// A storage directory is open elsewhere.
public final class StorageInUseException extends IOException {
  StorageInUseException(Path directory, String pid) {
    super(
        "%s: the storage directory is in use by the process with id %s; stop that one, or choose"
                .formatted(directory, pid.isEmpty() ? "(not written yet)" : pid)
            + " another directory");
  }
}
