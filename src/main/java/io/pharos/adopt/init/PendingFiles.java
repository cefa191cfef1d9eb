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

/// The files that a run is about to write, each beside what stands there now. Nothing is written
/// before all is known, and a write that fails takes the others back.
public final class PendingFiles {
  /// What becomes of a file.
  public enum Fate {
    /// There was none.
    CREATED,
    /// Text was put into it; all that it had stays.
    EXTENDED,
    /// A part of it is replaced; all else stays.
    CHANGED,
    /// It has other text now, which is replaced.
    REPLACED,
    /// It has this text already.
    SAME
  }

  /// One file.
  ///
  /// @param path from the project's folder
  /// @param text all of it, as it will be
  public record Change(Path path, Fate fate, String text) {
    public Change {
      requireNonNull(path, "path is null");
      requireNonNull(fate, "fate is null");
      requireNonNull(text, "text is null");
    }
  }

  private final Path folder;
  private final Map<Path, Change> changes = new LinkedHashMap<>();

  PendingFiles(Path folder) {
    this.folder = folder;
  }

  /// What will be written, in the order of the plan.
  public List<Change> changes() {
    return List.copyOf(changes.values());
  }

  /// The text of a file as it is now; null where there is none.
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

  /// Plans a file that all services share: what is there stays.
  void writeIfAbsent(String path, String text) throws IOException {
    if (current(path) == null) {
      plan(path, Fate.CREATED, text);
    }
  }

  /// Plans the extension of somebody's file.
  void extend(String path, String text) {
    plan(path, Fate.EXTENDED, text);
  }

  /// Plans another text for a part of somebody's file.
  void change(String path, String text) throws IOException {
    plan(path, text.equals(current(path)) ? Fate.SAME : Fate.CHANGED, text);
  }

  private void plan(String path, Fate fate, String text) {
    Path relative = Path.of(path);
    changes.put(relative, new Change(relative, fate, text));
  }

  /// Writes all of it, or nothing.
  ///
  /// @throws IOException when a file could not be written; those before it are as they were
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
