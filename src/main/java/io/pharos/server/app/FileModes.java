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

/// Keeps what Pharos writes to its owner: files 0600, folders 0700.
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

  /// Takes group's and others' permissions from every file that this process makes from now on,
  /// whichever library makes it. Java has no call for that, so it is the C library's.
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
    } catch (Throwable e) { // a handle may throw whatever it likes; the folder is closed below
      LOG.warn("The umask can't be set, files get the system's permissions", e);
    }
  }

  /// Whether whoever started the process has done so, as the launcher does: a call of the C library
  /// takes a tenth of the start.
  static boolean isKept(Path status) {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(UMASK)) {
          int mask = Integer.parseInt(line.substring(UMASK.length()).strip(), 8);
          return (mask & OTHERS) == OTHERS;
        }
      }
      return false;
    } catch (IOException | NumberFormatException _) { // then it is set, whatever it was
      return false;
    }
  }

  /// Takes group's and others' permissions from what an earlier version left in the storage folder,
  /// and from the folder itself where nothing else is in it.
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
      LOG.warn("Others may read {}, its permissions can't be changed: {}", storage, e.toString());
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
