package io.pharos.simulation.disk;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The calls of `java.nio.file` on a simulated disk, as far as the stores use them.
final class DiskProvider extends FileSystemProvider {
  @Override
  public String getScheme() {
    return "simulated";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  private static SimulatedDisk disk(Path path) {
    return mount(path).disk;
  }

  private static DiskMount mount(Path path) {
    return ((DiskPath) path).mount();
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    SimulatedDisk disk = disk(path);
    DiskMount mount = mount(path);
    String name = path.toString();
    if (disk.isFolder(mount, name)) {
      return new DiskChannel(mount, null, name);
    }
    boolean exists = exists(path);
    if (exists && options.contains(StandardOpenOption.CREATE_NEW)) {
      throw new FileAlreadyExistsException(name);
    }
    boolean creates =
        options.contains(StandardOpenOption.CREATE)
            || options.contains(StandardOpenOption.CREATE_NEW);
    DiskFile file = exists || !creates ? disk.open(mount, name) : disk.create(mount, name);
    var channel = new DiskChannel(mount, file, name);
    if (exists && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      return channel.truncate(0);
    }
    return channel;
  }

  private static boolean exists(Path path) throws IOException {
    try {
      DiskFile _ = disk(path).open(mount(path), path.toString());
      return true;
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    if (!disk(folder).isFolder(mount(folder), folder.toString())) {
      throw new NoSuchFileException(folder.toString());
    }
    List<Path> paths =
        disk(folder).list(mount(folder), folder.toString()).stream()
            .map(text -> (Path) new DiskPath(mount(folder), text))
            .toList();
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return paths.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    disk(folder).createFolder(mount(folder), folder.toString());
  }

  @Override
  public void delete(Path path) throws IOException {
    disk(path).delete(mount(path), path.toString());
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    SimulatedDisk disk = disk(source);
    DiskFile from = disk.open(mount(source), source.toString());
    byte[] bytes = java.util.Arrays.copyOf(from.bytes, from.size);
    DiskFile to = disk.create(mount(target), target.toString());
    int _ = disk.write(mount(target), to, 0, bytes);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    disk(source).move(mount(source), source.toString(), target.toString());
  }

  @Override
  public boolean isSameFile(Path path, Path other) {
    return path.equals(other);
  }

  @Override
  public boolean isHidden(Path path) {
    return false;
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    var _ = readAttributes(path, BasicFileAttributes.class);
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return null;
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    boolean folder = disk(path).isFolder(mount(path), path.toString());
    long size = folder ? 0 : disk(path).open(mount(path), path.toString()).size;
    return type.cast(new Attributes(folder, size));
  }

  private record Attributes(boolean isDirectory, long size) implements BasicFileAttributes {
    private static final FileTime TIME = FileTime.fromMillis(0);

    @Override
    public FileTime lastModifiedTime() {
      return TIME;
    }

    @Override
    public FileTime lastAccessTime() {
      return TIME;
    }

    @Override
    public FileTime creationTime() {
      return TIME;
    }

    @Override
    public boolean isRegularFile() {
      return !isDirectory;
    }

    @Override
    public boolean isSymbolicLink() {
      return false;
    }

    @Override
    public boolean isOther() {
      return false;
    }

    @Override
    public @Nullable Object fileKey() {
      return null;
    }
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw new UnsupportedOperationException();
  }
}
