package io.pharos.config.files;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/// Reads files that are looked at again and again while Pharos runs, such as those of secrets, and
/// gives up on one that does not answer. Thread-safe.
///
/// A virtual thread that waits for a disk keeps its carrier, of which there are as many as
/// processors: two targets whose token lies on a file server that is gone would stop every scrape,
/// every rule and every message. So threads of the platform wait, one for each file.
public final class OutsideFiles {
  /// How long a file may take; a disk that is busy takes milliseconds.
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final OutsideFiles ALL = new OutsideFiles(PATIENCE);

  private final Duration patience;
  private final Map<Path, Turn> turns = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("files-", 0).factory());

  OutsideFiles(Duration patience) {
    this.patience = requireNonNull(patience, "patience is null");
  }

  /// Whose turn it is to read a file; a read that hangs keeps it.
  private static final class Turn {
    private final Semaphore free = new Semaphore(1);
    private volatile boolean hangs;
  }

  /// What is asked of a file.
  @FunctionalInterface
  interface Question<T> {
    /// The answer.
    ///
    /// @throws IOException as the file system has it
    T ask(Path file) throws IOException;
  }

  /// The bytes of a file.
  ///
  /// @throws IOException when it can't be read, or not within two seconds
  public static byte[] read(Path file) throws IOException {
    return ALL.ask(file, Files::readAllBytes);
  }

  /// The text of a file in UTF-8.
  ///
  /// @throws IOException when it can't be read, or not within two seconds, or is no such text
  public static String text(Path file) throws IOException {
    return ALL.ask(file, path -> Files.readString(path, StandardCharsets.UTF_8));
  }

  /// When a file was last changed.
  ///
  /// @throws IOException when that can't be learnt, or not within two seconds
  public static FileTime modified(Path file) throws IOException {
    return ALL.ask(file, Files::getLastModifiedTime);
  }

  <T> T ask(Path file, Question<T> question) throws IOException {
    Turn turn = turns.computeIfAbsent(file, _ -> new Turn());
    try {
      if (turn.hangs || !turn.free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw silent(file);
      }
      var answer = new CompletableFuture<T>();
      begin(() -> answer(file, question, turn, answer), turn);
      try {
        return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException _) {
        turn.hangs = true;
        if (answer.isDone()) { // just now
          turn.hangs = false;
        }
        throw silent(file);
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

  /* No thread may be to be had. */
  private void begin(Runnable reading, Turn turn) {
    try {
      threads.execute(reading);
    } catch (RuntimeException | Error e) {
      turn.free.release();
      throw e;
    }
  }

  private static <T> void answer(
      Path file, Question<T> question, Turn turn, CompletableFuture<T> answer) {
    try {
      answer.complete(question.ask(file));
    } catch (IOException | RuntimeException | Error e) {
      answer.completeExceptionally(e);
    } finally {
      turn.hangs = false;
      turn.free.release();
    }
  }

  private FileSystemException silent(Path file) {
    return new FileSystemException(
        file.toString(), null, "does not answer within " + patience.toSeconds() + " s");
  }
}
