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

/// Makes the files that Pharos writes accessible only to their owner: files get the permissions
/// 0600, folders 0700.
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

  /// Sets the umask of the process, which applies also to files that libraries create. Java has no
  /// method for that, so this calls the C library.
  @SuppressWarnings("restricted") // calls one function that every C library has
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
    } catch (Throwable e) { // any kind is possible; closeStorage restricts the folder
      LOG.warn("the umask can't be set; new files get the system's default permissions", e);
    }
  }

  /// Whether the umask is restrictive already, because the launcher has set it. Then no call of the
  /// C library is needed, which takes a tenth of the start time.
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
    } catch (IOException | NumberFormatException _) { // the umask is unknown, so it must be set
      return false;
    }
  }

  /// Removes the permissions of the group and of others from Pharos' files in the storage folder,
  /// because an earlier version may have created them with such permissions. Does the same with the
  /// folder, if it contains only Pharos' files.
  static void closeStorage(Path storage) {
    if (!isPosix() || !Files.isDirectory(storage)) {
      return;
    }
    try {
      boolean onlyOurs = true;
      for (Path entry : entries(storage)) {
        if (OURS.contains(entry.getFileName().toString())) {
          close(entry);
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
      for (Path entry : entries(file)) {
        close(entry);
      }
    }
  }

  private static void closeOne(Path file) throws IOException {
    Set<PosixFilePermission> current = Files.getPosixFilePermissions(file);
    var ownerOnly = EnumSet.copyOf(OWNER);
    ownerOnly.retainAll(current);
    if (ownerOnly.size() < current.size()) {
      Files.setPosixFilePermissions(file, ownerOnly);
    }
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }
}
