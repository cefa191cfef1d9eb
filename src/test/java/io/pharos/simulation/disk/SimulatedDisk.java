package io.pharos.simulation.disk;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/// A disk in memory with the cache of an operating system: what is not synced survives a kill of
/// the process, but maybe not a loss of power. Faults are drawn from a seed. Thread-safe.
///
/// A power loss undoes names that were created, renamed or deleted since the last sync of their
/// folder, and content that was written since the last sync of its file. What is lost is drawn: all
/// of it, the last part, or something in the middle, which then is zero. A failed sync loses the
/// content that it should have written, as on Linux.
public final class SimulatedDisk {
  /// A kind of call that can fail.
  public enum Call {
    WRITE,
    SYNC,
    /// A file is created, renamed or deleted.
    NAME
  }

  /// What ends a process.
  public enum End {
    KILL,
    POWER_LOSS
  }

  private record NameChange(String folder, Map<String, DiskFile> before) {}

  private static final long SPACE = 1L << 40;

  private final Random random;
  private final TreeMap<String, DiskFile> files = new TreeMap<>();
  private final TreeSet<String> folders = new TreeSet<>();
  private final List<NameChange> changes = new ArrayList<>();
  private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
  private final Map<Call, Integer> failing = new EnumMap<>(Call.class);
  private DiskMount mount = new DiskMount(this);
  private long free = SPACE;
  private int untilCrash = Integer.MAX_VALUE;
  private End crash = End.KILL;

  public SimulatedDisk(long seed) {
    random = new Random(seed);
    folders.add("/");
  }

  /// Returns the root for a new process. Calls of the process before fail.
  public synchronized Path mount() {
    mount.dead = true;
    mount = new DiskMount(this);
    untilCrash = Integer.MAX_VALUE;
    return mount.root();
  }

  /// Returns whether the process has ended since the last [#mount].
  public synchronized boolean isDown() {
    return mount.dead;
  }

  /// Makes each n-th call of a kind fail.
  public synchronized void fail(Call kind, int each) {
    failing.put(kind, each);
  }

  /// Ends failures of calls.
  public synchronized void heal() {
    failing.clear();
  }

  /// Frees much space.
  public synchronized void free() {
    free = SPACE;
  }

  /// Sets the space that is left, in bytes.
  public synchronized void leave(long bytes) {
    free = bytes;
  }

  /// Ends the process at its n-th call from now on. A write is half done then.
  public synchronized void crashAt(int call, End end) {
    untilCrash = call;
    crash = end;
  }

  /// Ends the process.
  public synchronized void crash(End end) {
    if (mount.dead) {
      return;
    }
    mount.dead = true;
    if (end == End.POWER_LOSS) {
      int kept = random.nextInt(changes.size() + 1);
      for (NameChange change : changes.subList(kept, changes.size()).reversed()) {
        change.before.forEach(this::setName);
      }
      changes.clear();
      files.values().forEach(file -> file.losePower(random));
    }
  }

  private void setName(String path, DiskFile file) {
    if (file == DiskFile.NONE) {
      files.remove(path);
    } else {
      files.put(path, file);
    }
  }

  /* Called before each call that changes the disk. */
  private boolean begins(DiskMount by, Call kind) throws IOException {
    checkAlive(by);
    if (untilCrash < Integer.MAX_VALUE && --untilCrash <= 0) {
      return false;
    }
    Integer each = failing.get(kind);
    int count = calls.merge(kind, 1, Integer::sum);
    return each == null || count % each != 0;
  }

  private IOException failed() {
    if (untilCrash <= 0) {
      crash(crash);
      return new IOException("the process was killed");
    }
    return new IOException("Input/output error");
  }

  void checkAlive(DiskMount by) throws IOException {
    if (by.dead) {
      throw new IOException("the process was killed");
    }
  }

  synchronized int write(DiskMount by, DiskFile file, int at, byte[] bytes) throws IOException {
    boolean works = begins(by, Call.WRITE);
    int count = works ? bytes.length : random.nextInt(bytes.length + 1);
    int room = (int) Math.min(count, Math.max(0, file.size - at) + free);
    int before = file.size;
    file.write(at, bytes, room);
    take(file.size - before);
    if (!works) {
      throw failed();
    }
    if (room < count) {
      throw new IOException("No space left on device");
    }
    return room;
  }

  synchronized void truncate(DiskMount by, DiskFile file, int size) throws IOException {
    if (!begins(by, Call.WRITE)) {
      throw failed();
    }
    take(Math.min(0, size - file.size));
    file.truncate(size);
  }

  private void take(long bytes) {
    free -= bytes;
  }

  synchronized void sync(DiskMount by, DiskFile file) throws IOException {
    if (by.dead) {
      return; // its result interests nobody
    }
    if (!begins(by, Call.SYNC)) {
      if (untilCrash > 0) {
        file.loseUnsynced(); // a sync that is cut off by the end of the process loses nothing
      }
      throw failed();
    }
    file.sync();
  }

  synchronized void syncFolder(DiskMount by, String folder) throws IOException {
    if (!begins(by, Call.SYNC)) {
      throw failed();
    }
    changes.removeIf(change -> change.folder.equals(folder));
  }

  synchronized DiskFile open(DiskMount by, String path) throws IOException {
    checkAlive(by);
    DiskFile file = files.get(path);
    if (file == null) {
      throw new NoSuchFileException(path);
    }
    return file;
  }

  synchronized DiskFile create(DiskMount by, String path) throws IOException {
    if (!folders.contains(folder(path))) {
      throw new NoSuchFileException(path);
    }
    if (!begins(by, Call.NAME)) {
      throw failed();
    }
    var file = new DiskFile();
    changes.add(new NameChange(folder(path), Map.of(path, DiskFile.NONE)));
    files.put(path, file);
    return file;
  }

  synchronized void delete(DiskMount by, String path) throws IOException {
    if (isFolder(by, path)) {
      if (!list(by, path).isEmpty()) {
        throw new DirectoryNotEmptyException(path);
      }
      if (!begins(by, Call.NAME)) {
        throw failed();
      }
      folders.remove(path);
      return;
    }
    DiskFile file = open(by, path);
    if (!begins(by, Call.NAME)) {
      throw failed();
    }
    changes.add(new NameChange(folder(path), Map.of(path, file)));
    files.remove(path);
    take(-file.size);
  }

  synchronized void move(DiskMount by, String from, String to) throws IOException {
    DiskFile file = open(by, from);
    if (!begins(by, Call.NAME)) {
      throw failed();
    }
    DiskFile replaced = files.getOrDefault(to, DiskFile.NONE);
    changes.add(new NameChange(folder(to), Map.of(from, file, to, replaced)));
    files.remove(from);
    files.put(to, file);
    take(-replaced.size);
  }

  synchronized void createFolder(DiskMount by, String path) throws IOException {
    checkAlive(by);
    if (!folders.add(path)) {
      throw new FileAlreadyExistsException(path);
    }
  }

  synchronized boolean isFolder(DiskMount by, String path) throws IOException {
    checkAlive(by);
    return folders.contains(path);
  }

  synchronized List<String> list(DiskMount by, String folder) throws IOException {
    checkAlive(by);
    var names = new TreeSet<String>();
    for (var paths : List.of(files.keySet(), folders)) {
      paths.stream()
          .filter(path -> !path.equals("/") && folder(path).equals(folder))
          .forEach(names::add);
    }
    return List.copyOf(names);
  }

  static String folder(String path) {
    int end = path.lastIndexOf('/');
    return end <= 0 ? "/" : path.substring(0, end);
  }
}
