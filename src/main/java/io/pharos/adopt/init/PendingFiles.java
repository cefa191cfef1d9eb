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

/// The planned changes of files. No file is written before the plan is complete. If a file can't be
/// written, the files that were already written are restored.
public final class PendingFiles {
  /// What happens to a file.
  public enum Fate {
    /// The file is created.
    CREATED,
    /// Text is added to the file, without changing the existing text.
    EXTENDED,
    /// A part of the file's text is replaced.
    CHANGED,
    /// All text of the file is replaced.
    REPLACED,
    /// The file already has the planned text.
    SAME
  }

  /// One planned file.
  ///
  /// @param path relative to the project's folder
  /// @param text the whole text of the file after the change
  public record Change(Path path, Fate fate, String text) {}

  private final Path folder;
  private final Map<Path, Change> changes = new LinkedHashMap<>();

  PendingFiles(Path folder) {
    this.folder = folder;
  }

  /// Returns the changes, in the order of the plan.
  public List<Change> changes() {
    return List.copyOf(changes.values());
  }

  /// Returns the current text of a file; null if it does not exist.
  @org.jspecify.annotations.Nullable String current(String path) throws IOException {
    Path file = folder.resolve(path);
    return Files.exists(file) ? Files.readString(file) : null;
  }

  /// Returns whether a change of a file is planned.
  boolean hasPlan(String path) {
    return changes.containsKey(Path.of(path));
  }

  /// Plans a file that belongs to the service. An existing file is replaced.
  void write(String path, String text) throws IOException {
    String existing = current(path);
    Fate fate = existing == null ? Fate.CREATED : existing.equals(text) ? Fate.SAME : Fate.REPLACED;
    plan(path, fate, text);
  }

  /// Plans a file that all services share, unless the file exists.
  void writeIfAbsent(String path, String text) throws IOException {
    if (current(path) == null) {
      plan(path, Fate.CREATED, text);
    }
  }

  /// Plans an addition to an existing file.
  ///
  /// @param text the whole text of the file afterwards
  void extend(String path, String text) {
    plan(path, Fate.EXTENDED, text);
  }

  /// Plans to replace a part of an existing file.
  ///
  /// @param text the whole text of the file afterwards
  void change(String path, String text) throws IOException {
    plan(path, text.equals(current(path)) ? Fate.SAME : Fate.CHANGED, text);
  }

  private void plan(String path, Fate fate, String text) {
    Path relative = Path.of(path);
    changes.put(relative, new Change(relative, fate, text));
  }

  /// Writes all planned files or none.
  ///
  /// @throws IOException when a file can't be written; files that were already written are restored
  public void apply() throws IOException {
    var undo = new ArrayList<Undo>();
    try {
      for (Change change : changes.values()) {
        if (change.fate() != Fate.SAME) {
          Path file = folder.resolve(change.path());
          Files.createDirectories(requireNonNull(file.getParent()));
          byte[] before = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
          undo.add(new Undo(file, before, Files.exists(file)));
          Path temporary = file.resolveSibling(file.getFileName() + ".new");
          Files.writeString(temporary, change.text());
          Files.move(
              temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      for (Undo step : undo.reversed()) {
        try {
          step.run();
        } catch (IOException undoFailure) {
          e.addSuppressed(undoFailure);
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
