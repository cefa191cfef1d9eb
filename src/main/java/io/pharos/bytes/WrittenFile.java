package io.pharos.bytes;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that is written from its start on. Unlike a [FileChannel], it stays open when a thread
/// that uses it is interrupted. Writes are not buffered.
public abstract class WrittenFile extends OutputStream {
  private WrittenFile() {}

  /// Creates an empty file, or empties an existing one.
  public static WrittenFile create(Path path) throws IOException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return new OfChannel(
          FileChannel.open(
              path,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE));
    }
    var file = new OfSystem(new RandomAccessFile(path.toFile(), "rw"));
    try {
      file.truncate(0);
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /// Creates a file with a header and makes its name durable. If that fails, deletes the file.
  public static WrittenFile create(Path path, ByteSink header) throws IOException {
    WrittenFile file = create(path);
    try {
      file.write(header.array(), 0, header.size());
      Path directory = path.getParent();
      if (directory != null) {
        Durability.syncDirectory(directory);
      }
      return file;
    } catch (IOException e) {
      file.close();
      Files.deleteIfExists(path);
      throw e;
    }
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public abstract void write(byte[] bytes, int from, int count) throws IOException;

  /// Shortens the file; the next write continues at its new end.
  public abstract void truncate(long size) throws IOException;

  /// Forces the content to disk.
  public abstract void sync() throws IOException;

  @Override
  public abstract void close() throws IOException;

  private static final class OfSystem extends WrittenFile {
    private final RandomAccessFile file;

    OfSystem(RandomAccessFile file) {
      this.file = file;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      file.write(bytes, from, count);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.setLength(size);
    }

    @Override
    public void sync() throws IOException {
      file.getFD().sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /// A file of a file system that only has channels.
  private static final class OfChannel extends WrittenFile {
    private final FileChannel channel;

    OfChannel(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      ByteBuffer rest = ByteBuffer.wrap(bytes, from, count);
      while (rest.hasRemaining()) {
        int _ = channel.write(rest);
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      FileChannel _ = channel.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      channel.force(true);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
