package io.pharos.tap.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/// By what a file is known to be another than before.
///
/// @param modified null, and the size -1, where it can't be looked at: the reading says why
record FileStamp(@Nullable FileTime modified, long size) {
  static FileStamp of(Path file) {
    try {
      return new FileStamp(Files.getLastModifiedTime(file), Files.size(file));
    } catch (IOException _) { // the reading says why
      return new FileStamp(null, -1);
    }
  }
}
