package io.pharos.tap.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/// Detects that a file has changed.
///
/// @param modified modification time; null if the file is not accessible
/// @param size size in bytes; -1 if the file is not accessible
record FileStamp(@Nullable FileTime modified, long size) {
  static FileStamp of(Path file) {
    try {
      return new FileStamp(Files.getLastModifiedTime(file), Files.size(file));
    } catch (IOException _) { // the next reload reports it
      return new FileStamp(null, -1);
    }
  }
}
