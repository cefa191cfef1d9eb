package io.pharos.adopt.init;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The files that a run will write, compared with the existing ones. Nothing is written before the
/// plan is complete, and a failed write undoes the others.
public final class PendingFiles {
  /// The change of a file.
  public enum Fate {
    /// A new file.
    CREATED,
    /// Text is added; its content stays.
    EXTENDED,
    /// A part is replaced.
    CHANGED,
    /// Its text is replaced.
    REPLACED,
    /// It has the text already.
    SAME
  }

  /// One file.
  ///
  /// @param path relative to the project's folder
  public record Change(Path path, Fate fate, String text) {}

  private final Path folder;
  private final Map<Path, Change> changes = new LinkedHashMap<>();

  PendingFiles(Path folder) {
    this.folder = folder;
  }

  /// The changes, in the order of the plan.
  public List<Change> changes() {
    return List.copyOf(changes.values());
  }

  /// The current text of a file; null when it does not exist.
  @org.jspecify.annotations.Nullable String current(String path) throws IOException {
    Path file = folder.resolve(path);
    return Files.exists(file) ? Files.readString(file) : null;
  }

  /// Plans a file of the service.
  void write(String path, String text) throws IOException {
    String now = current(path);
    Fate fate = now == null ? Fate.CREATED : now.equals(text) ? Fate.SAME : Fate.REPLACED;
    plan(path, fate, text);
  }

  /// Plans a file that all services share; an existing one stays.
  void writeIfAbsent(String path, String text) throws IOException {
    if (current(path) == null) {
      plan(path, Fate.CREATED, text);
    }
  }

  /// Plans an addition to an existing file.
  void extend(String path, String text) {
    plan(path, Fate.EXTENDED, text);
  }

  /// Plans a replacement in an existing file.
  void change(String path, String text) throws IOException {
    plan(path, text.equals(current(path)) ? Fate.SAME : Fate.CHANGED, text);
  }

  private void plan(String path, Fate fate, String text) {
    Path relative = Path.of(path);
    changes.put(relative, new Change(relative, fate, text));
  }

  /// Writes all files or none.
  ///
  /// @throws IOException when a file can't be written; the earlier ones are restored
  public void apply() throws IOException {
    var undo = new ArrayList<Undo>();
    try {
      for (Change change : changes.values()) {
        if (change.fate() != Fate.SAME) {
          Path file = folder.resolve(change.path());
          Files.createDirectories(requireNonNull(file.getParent()));
          byte[] before = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
          undo.add(new Undo(file, before, Files.exists(file)));
          Path fresh = file.resolveSibling(file.getFileName() + ".new");
          Files.writeString(fresh, change.text());
          Files.move(
              fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      for (Undo one : undo.reversed()) {
        try {
          one.run();
        } catch (IOException also) {
          e.addSuppressed(also);
        }
      }
      throw e;
    }
  }

  private record Undo(Path file, byte[] before, boolean existed) {
    void run() throws IOException {
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + ".new"));
      if (existed) {
        Files.write(file, before);
      } else {
        Files.deleteIfExists(file);
      }
    }
  }
}
