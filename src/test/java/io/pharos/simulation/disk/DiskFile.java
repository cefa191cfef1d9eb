package io.pharos.simulation.disk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// The content of a file, with its changes since the last sync.
final class DiskFile {
  static final DiskFile NONE = new DiskFile();

  private record Change(int at, byte[] before, int sizeBefore, byte[] after, int sizeAfter) {}

  byte[] bytes = {};
  int size;
  private final List<Change> unsynced = new ArrayList<>();

  /* Changes that a failed sync did not bring to the disk: no later sync does so either. */
  private final List<Change> lost = new ArrayList<>();

  void write(int from, byte[] content, int length) {
    int at = from;
    byte[] written = content;
    int count = length;
    lost.removeIf(it -> it.at < from + length && it.at + it.after.length > from);
    int end = Math.max(size, at + count);
    if (at + count <= size) {
      int same = Arrays.mismatch(bytes, at, at + count, written, 0, count);
      if (same < 0) {
        return;
      }
      at += same;
      written = Arrays.copyOfRange(written, same, count);
      count -= same;
      while (bytes[at + count - 1] == written[count - 1]) {
        count--;
      }
    }
    byte[] before = Arrays.copyOfRange(bytes, Math.min(at, size), Math.min(at + count, size));
    apply(new Change(at, before, size, Arrays.copyOf(written, count), end));
  }

  void truncate(int newSize) {
    if (newSize < size) {
      byte[] before = Arrays.copyOfRange(bytes, newSize, size);
      apply(new Change(newSize, before, size, new byte[0], newSize));
    }
  }

  private void apply(Change change) {
    unsynced.add(change);
    set(change.at, change.after, change.sizeAfter);
  }

  private void set(int at, byte[] content, int newSize) {
    int needed = Math.max(newSize, at + content.length);
    if (bytes.length < needed) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
    }
    if (newSize < size) {
      Arrays.fill(bytes, newSize, size, (byte) 0);
    }
    System.arraycopy(content, 0, bytes, at, content.length);
    size = newSize;
  }

  void sync() {
    unsynced.clear();
  }

  void loseUnsynced() {
    lost.addAll(unsynced);
    unsynced.clear();
  }

  void losePower(Random random) {
    List<Change> pending = List.copyOf(unsynced);
    int end = size;
    for (Change change : pending.reversed()) {
      set(change.at, change.before, change.sizeBefore);
    }
    int kept = random.nextInt(pending.size() + 1);
    switch (pending.isEmpty() ? 0 : random.nextInt(4)) {
      case 0 -> {}
      case 1 -> {
        redo(pending.subList(0, kept));
        if (kept < pending.size()) {
          Change torn = pending.get(kept);
          byte[] part = Arrays.copyOf(torn.after, random.nextInt(torn.after.length + 1));
          set(torn.at, part, Math.max(size, torn.at + part.length));
        }
      }
      case 2 -> {
        redo(pending.subList(0, kept));
        set(0, new byte[0], Math.max(size, end));
      }
      default -> {
        redo(pending);
        Change hole = pending.get(random.nextInt(pending.size()));
        zero(hole);
      }
    }
    lost.forEach(this::zero);
    lost.clear();
    unsynced.clear();
  }

  private void redo(List<Change> changes) {
    changes.forEach(change -> set(change.at, change.after, change.sizeAfter));
  }

  private void zero(Change change) {
    if (change.at < size) {
      Arrays.fill(bytes, change.at, Math.min(size, change.at + change.after.length), (byte) 0);
    }
  }
}
