package io.pharos.tsdb;

import java.io.IOException;
import java.nio.file.Path;

/// Thrown when a storage directory is open in another process.
public final class StorageInUseException extends IOException {
  StorageInUseException(Path directory, String pid) {
    super(
        "%s: the storage directory is in use by the process with id %s; stop it, or choose another"
                .formatted(directory, pid.isEmpty() ? "(not written yet)" : pid)
            + " directory");
  }
}
