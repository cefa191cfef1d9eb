package io.pharos.server.app;

import io.pharos.model.PlainReason;
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

/// Makes the files that Pharos writes accessible only to their owner. Files get the permissions
/// 0600, folders 0700.
final class FileModes {
  private static final Logger LOG = LoggerFactory.getLogger(FileModes.class);
  private static final int OTHERS_MASK = 0077;
  private static final String UMASK = "Umask:";
  private static final Set<PosixFilePermission> OWNER_PERMISSIONS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private static final Set<String> PHAROS_FILES =
      Set.of("tsdb", "store", "mailbox", "logins", "link-key", "clock", "demo-backend.log");

  private FileModes() {}

  /// Sets the umask of the process. The umask also applies to files that libraries create. Java has
  /// no method for it, so this method calls the C library.
  @SuppressWarnings("restricted") // calls one function that every C library has
  static void restrictUmask() {
    if (!isPosix() || isRestricted(Path.of("/proc/self/status"))) {
      return;
    }
    try {
      var linker = Linker.nativeLinker();
      var umask =
          linker.downcallHandle(
              linker.defaultLookup().find("umask").orElseThrow(),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      int _ = (int) umask.invokeExact(OTHERS_MASK);
    } catch (Throwable e) { // invokeExact can throw anything
      LOG.warn("the umask can't be set; new files get the system's default permissions", e);
    }
  }

  /// Whether the launcher has set a restrictive umask. Then the C library need not be called. Its
  /// call takes a tenth of the start time.
  ///
  /// @param status the file `/proc/self/status`
  static boolean isRestricted(Path status) {
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(UMASK)) {
          int mask = Integer.parseInt(line.substring(UMASK.length()).strip(), 8);
          return (mask & OTHERS_MASK) == OTHERS_MASK;
        }
      }
      return false;
    } catch (IOException | NumberFormatException _) { // the umask is unknown, so it must be set
      return false;
    }
  }

  /// Removes the permissions of the group and of others from Pharos' files in the storage folder,
  /// because an earlier version may have created them with such permissions. Removes them from the
  /// folder too, if it contains only Pharos' files.
  static void closeStorage(Path storage) {
    if (!isPosix() || !Files.isDirectory(storage)) {
      return;
    }
    try {
      boolean onlyPharosFiles = true;
      for (Path entry : entries(storage)) {
        if (PHAROS_FILES.contains(entry.getFileName().toString())) {
          close(entry);
        } else {
          onlyPharosFiles = false;
        }
      }
      if (onlyPharosFiles) {
        restrict(storage);
      }
    } catch (IOException e) {
      LOG.warn(
          "other users may read {}, because its permissions can't be changed: {}",
          storage,
          PlainReason.of(e));
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
    restrict(file);
    if (Files.isDirectory(file)) {
      for (Path entry : entries(file)) {
        close(entry);
      }
    }
  }

  private static void restrict(Path file) throws IOException {
    Set<PosixFilePermission> current = Files.getPosixFilePermissions(file);
    var ownerOnly = EnumSet.copyOf(OWNER_PERMISSIONS);
    ownerOnly.retainAll(current);
    if (ownerOnly.size() < current.size()) {
      Files.setPosixFilePermissions(file, ownerOnly);
    }
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }
}
