package io.pharos.server.app;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Restricts the files that Pharos writes to their owner: files 0600, folders 0700.
final class FileModes {
  private static final Logger LOG = LoggerFactory.getLogger(FileModes.class);
  private static final int OTHERS = 0077;
  private static final String UMASK = "Umask:";
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private static final Set<String> OURS =
      Set.of("tsdb", "store", "mailbox", "logins", "link-key", "clock", "demo-backend.log");

  private FileModes() {}

  /// Sets the umask, which applies to the files of every library. Java has no call for that, so
  /// this calls the C library.
  @SuppressWarnings("restricted") // one call of a function that every C library has
  static void keepToOwner() {
    if (!isPosix() || isKept(Path.of("/proc/self/status"))) {
      return;
    }
    try {
      var linker = Linker.nativeLinker();
      var umask =
          linker.downcallHandle(
              linker.defaultLookup().find("umask").orElseThrow(),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      int _ = (int) umask.invokeExact(OTHERS);
    } catch (Throwable e) { // a method handle may throw anything; closeStorage restricts the folder
      LOG.warn("the umask can't be set; new files get the system's default permissions", e);
    }
  }

  /// Whether the umask is set already, as by the launcher: the call of the C library takes a tenth
  /// of the start time.
  ///
  /// @param status the file `/proc/self/status`
  static boolean isKept(Path status) {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(UMASK)) {
          int mask = Integer.parseInt(line.substring(UMASK.length()).strip(), 8);
          return (mask & OTHERS) == OTHERS;
        }
      }
      return false;
    } catch (IOException | NumberFormatException _) { // unknown, so set it
      return false;
    }
  }

  /// Removes group's and others' permissions from Pharos' files in the storage folder, which an
  /// earlier version may have left, and from the folder if it contains nothing else.
  static void closeStorage(Path storage) {
    if (!isPosix() || !Files.isDirectory(storage)) {
      return;
    }
    try {
      boolean onlyOurs = true;
      for (Path one : entries(storage)) {
        if (OURS.contains(one.getFileName().toString())) {
          close(one);
        } else {
          onlyOurs = false;
        }
      }
      if (onlyOurs) {
        closeOne(storage);
      }
    } catch (IOException e) {
      LOG.warn(
          "other users may read {}, because its permissions can't be changed: {}",
          storage,
          e.toString());
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  private static void close(Path file) throws IOException {
    if (Files.isSymbolicLink(file)) {
      return;
    }
    closeOne(file);
    if (Files.isDirectory(file)) {
      for (Path one : entries(file)) {
        close(one);
      }
    }
  }

  private static void closeOne(Path file) throws IOException {
    Set<PosixFilePermission> now = Files.getPosixFilePermissions(file);
    var own = EnumSet.copyOf(OWNER);
    own.retainAll(now);
    if (own.size() < now.size()) {
      Files.setPosixFilePermissions(file, own);
    }
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }
}
