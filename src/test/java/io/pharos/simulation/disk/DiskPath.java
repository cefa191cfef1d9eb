package io.pharos.simulation.disk;

import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;

/// A path on a simulated disk, without `.` and `..`.
record DiskPath(DiskMount mount, String text) implements Path {
  @Override
  public FileSystem getFileSystem() {
    return mount;
  }

  @Override
  public boolean isAbsolute() {
    return text.startsWith("/");
  }

  @Override
  public Path getRoot() {
    return mount.root();
  }

  @Override
  public Path getFileName() {
    return new DiskPath(mount, text.substring(text.lastIndexOf('/') + 1));
  }

  @Override
  public @Nullable Path getParent() {
    return text.equals("/") || !isAbsolute()
        ? null
        : new DiskPath(mount, SimulatedDisk.folder(text));
  }

  @Override
  public int getNameCount() {
    return text.equals("/") ? 0 : text.split("/").length - (isAbsolute() ? 1 : 0);
  }

  @Override
  public Path getName(int index) {
    return new DiskPath(mount, text.split("/")[index + (isAbsolute() ? 1 : 0)]);
  }

  @Override
  public Path subpath(int from, int to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean startsWith(Path other) {
    return text.startsWith(other.toString());
  }

  @Override
  public boolean endsWith(Path other) {
    return text.endsWith(other.toString());
  }

  @Override
  public Path normalize() {
    return this;
  }

  @Override
  public Path resolve(Path other) {
    if (other.isAbsolute()) {
      return other;
    }
    return new DiskPath(mount, (text.equals("/") ? "" : text) + "/" + other);
  }

  @Override
  public Path relativize(Path other) {
    return new DiskPath(mount, other.toString().substring(text.length() + 1));
  }

  @Override
  public URI toUri() {
    return URI.create("simulated:" + text);
  }

  @Override
  public Path toAbsolutePath() {
    return isAbsolute() ? this : new DiskPath(mount, "/" + text);
  }

  @Override
  public Path toRealPath(LinkOption... options) {
    return toAbsolutePath();
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int compareTo(Path other) {
    return text.compareTo(other.toString());
  }

  @Override
  public String toString() {
    return text;
  }
}
