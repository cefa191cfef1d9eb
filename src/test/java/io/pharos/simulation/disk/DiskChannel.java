package io.pharos.simulation.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// An open file or folder of a simulated disk.
final class DiskChannel extends FileChannel {
  private final DiskMount mount;
  private final @Nullable DiskFile file;
  private final String path;
  private int position;

  /// @param file null if the path is a folder
  DiskChannel(DiskMount mount, @Nullable DiskFile file, String path) {
    this.mount = mount;
    this.file = file;
    this.path = path;
  }

  private DiskFile file() throws IOException {
    mount.disk.checkAlive(mount);
    return Objects.requireNonNull(file, path);
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    int count = read(target, position);
    position += Math.max(0, count);
    return count;
  }

  @Override
  public int read(ByteBuffer target, long at) throws IOException {
    DiskFile content = file();
    if (at >= content.size) {
      return -1;
    }
    int count = Math.min(target.remaining(), content.size - (int) at);
    target.put(content.bytes, (int) at, count);
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int count = write(source, position);
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer source, long at) throws IOException {
    byte[] bytes = new byte[source.remaining()];
    source.get(bytes);
    return mount.disk.write(mount, file(), (int) at, bytes);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public FileChannel position(long at) {
    position = (int) at;
    return this;
  }

  @Override
  public long size() throws IOException {
    return file().size;
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    mount.disk.truncate(mount, file(), (int) size);
    position = Math.min(position, (int) size);
    return this;
  }

  @Override
  public void force(boolean metadata) throws IOException {
    if (file == null) {
      mount.disk.syncFolder(mount, path);
    } else {
      mount.disk.sync(mount, file);
    }
  }

  @Override
  public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
    byte[] copy = Arrays.copyOfRange(file().bytes, (int) offset, (int) (offset + size));
    return MemorySegment.ofArray(copy).asReadOnly();
  }

  @Override
  public FileLock tryLock(long from, long size, boolean shared) {
    return new FileLock(this, from, size, shared) {
      @Override
      public boolean isValid() {
        return true;
      }

      @Override
      public void release() {}
    };
  }

  @Override
  protected void implCloseChannel() {}

  @Override
  public FileLock lock(long from, long size, boolean shared) {
    throw new UnsupportedOperationException();
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long offset, long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferTo(long from, long count, WritableByteChannel target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long at, long count) {
    throw new UnsupportedOperationException();
  }
}
