package io.pharos.config.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Reads the files that people configure: the configuration itself, and files with secrets. A read
/// fails after ten seconds, if the file is larger than [#MAX_BYTES], or if it is no regular file: a
/// device such as `/dev/zero` never ends, and a pipe may never begin. Thread-safe.
///
/// Each file is read on its own platform thread. A virtual thread that a file system blocks would
/// block its carrier thread too, and two files on a dead file server would stop all scrapes, rules
/// and messages.
public final class OutsideFiles {
  private static final int SHARE = 256;

  /// Maximum size of a file: 1/256 of the heap, because a parsed file uses up to fifty times as
  /// much memory as its text; but at least 1 MiB and at most 16 MiB.
  public static final int MAX_BYTES =
      (int) Math.clamp(Runtime.getRuntime().maxMemory() / SHARE, 1L << 20, 16L << 20);

  /* As long as a scrape may take by default. A busy machine needed more than two seconds. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final OutsideFiles ALL = new OutsideFiles(TIMEOUT);

  /* Not a parameter: a draft must be seen by each reader of versioned files. */
  private static final ScopedValue<Draft> DRAFT = ScopedValue.newInstance();

  /// The text that a file would get.
  private record Draft(Path file, String text) {}

  private final Duration timeout;
  private final Map<Path, Turn> turns = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("files-", 0).factory());

  /// @param timeout after which an operation is given up
  public OutsideFiles(Duration timeout) {
    this.timeout = timeout;
  }

  /// Permits one read of a file at a time. While a read hangs, no other read of the file starts.
  private static final class Turn {
    private final Semaphore free = new Semaphore(1);
    private volatile boolean hangs;
  }

  /// An operation on a file.
  @FunctionalInterface
  public interface Operation<T> {
    /// Returns the result for a file.
    T apply(Path file) throws IOException;
  }

  /// Returns what an operation says about a file or folder.
  ///
  /// @throws IOException from the operation, or if it takes longer than ten seconds
  public static <T> T ask(Path file, Operation<T> operation) throws IOException {
    return ALL.run(file, operation);
  }

  /// Calls an action that reads another text instead of that of a file, to check the text before it
  /// is written. Only this thread reads it.
  public static <T> T withDraft(Path file, String text, Supplier<T> action) {
    return ScopedValue.where(DRAFT, new Draft(file.toAbsolutePath().normalize(), text))
        .call(action::get);
  }

  /// Returns the draft if it belongs to a folder, for readers that list the folder.
  public static Stream<Path> draftIn(Path folder) {
    if (!DRAFT.isBound()) {
      return Stream.empty();
    }
    Path file = DRAFT.get().file;
    return folder.toAbsolutePath().normalize().equals(file.getParent())
        ? Stream.of(folder.resolve(file.getFileName()))
        : Stream.empty();
  }

  /// Returns the bytes of a file.
  ///
  /// @throws IOException if the file is no regular file, is too large, or can't be read within ten
  ///   seconds
  public static byte[] read(Path file) throws IOException {
    Draft draft = DRAFT.isBound() ? DRAFT.get() : null;
    if (draft != null && draft.file.equals(file.toAbsolutePath().normalize())) {
      return draft.text.getBytes(StandardCharsets.UTF_8);
    }
    return ask(file, OutsideFiles::bounded);
  }

  /// Returns the text of a UTF-8 file.
  ///
  /// @throws IOException as [#read], or if the file is not UTF-8
  public static String text(Path file) throws IOException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(read(file))).toString();
  }

  private static byte[] bounded(Path file) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (!attributes.isRegularFile()) {
      String kind = attributes.isDirectory() ? "a folder" : "a device, pipe or socket";
      throw new FileSystemException(
          file.toString(), null, "is " + kind + ", expected a regular file");
    }
    // The size that the system tells may be wrong: it is 0 in /proc, and a file may grow.
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new FileSystemException(
            file.toString(),
            null,
            "has %d bytes or more, expected at most %s"
                .formatted(Math.max(bytes.length, attributes.size()), bound()));
      }
      return bytes;
    }
  }

  /// Returns the maximum size of a file and where it comes from, for messages.
  public static String bound() {
    return MAX_BYTES + " (1/" + SHARE + " of the heap, from 1 MiB to 16 MiB)";
  }

  /// Returns the modification time and the size of a file.
  ///
  /// @throws IOException if they can't be read within ten seconds
  public static BasicFileAttributes attributes(Path file) throws IOException {
    return ask(file, path -> Files.readAttributes(path, BasicFileAttributes.class));
  }

  /// Returns the modification time of a file.
  ///
  /// @throws IOException if it can't be read within ten seconds
  public static FileTime modified(Path file) throws IOException {
    return ask(file, Files::getLastModifiedTime);
  }

  /// Runs an operation on a thread of its own and returns its result.
  ///
  /// @throws IOException from the operation, or if it does not end in time; while it then goes on,
  ///   all later operations on the file fail at once
  public <T> T run(Path file, Operation<T> operation) throws IOException {
    Turn turn = turns.computeIfAbsent(file, _ -> new Turn());
    try {
      if (turn.hangs || !turn.free.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw timedOut(file);
      }
      var result = new CompletableFuture<T>();
      start(() -> complete(file, operation, turn, result), turn);
      try {
        return result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        turn.hangs = true;
        if (result.isDone()) { // finished right after the timeout
          turn.hangs = false;
        }
        throw timedOut(file);
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException problem -> throw problem;
        case RuntimeException problem -> throw problem;
        case Error problem -> throw problem;
        case null, default -> throw new IOException(file + ": " + e.getCause(), e);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(file + ": interrupted");
    }
  }

  /* Releases the turn if the thread can't be started. */
  private void start(Runnable reading, Turn turn) {
    try {
      threads.execute(reading);
    } catch (RuntimeException | Error e) {
      turn.free.release();
      throw e;
    }
  }

  private static <T> void complete(
      Path file, Operation<T> operation, Turn turn, CompletableFuture<T> result) {
    try {
      result.complete(operation.apply(file));
    } catch (IOException | RuntimeException | Error e) {
      result.completeExceptionally(e);
    } finally {
      turn.hangs = false;
      turn.free.release();
    }
  }

  private FileSystemException timedOut(Path file) {
    return new FileSystemException(
        file.toString(), null, "does not answer within " + timeout.toSeconds() + " s");
  }
}
