package io.pharos.trouble;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The side that causes a failure: this process and its machine, or the remote side.
public sealed interface FailureOrigin {
  /// A failure of this process or its machine, which says nothing about the remote side.
  ///
  /// @param reason message for people
  record Own(Kind kind, String reason) implements FailureOrigin {}

  /// A failure of the remote side or of the network in between.
  record Remote() implements FailureOrigin {}

  /// The failed part of this process or its machine.
  enum Kind {
    /// The process or the machine can open no more file descriptors.
    DESCRIPTORS("too many open files"),
    MEMORY("out of memory"),
    /// No thread can be started.
    THREADS("no thread can be started"),
    /// A disk is full, over its quota, read-only or broken.
    DISK("the disk rejects writes"),
    /// The machine's resolver does not answer. The answer that a name is unknown would be a remote
    /// failure.
    RESOLVER("this host can't resolve names"),
    /// The machine has no route, no local port or no buffers.
    NETWORK("this host has no network"),
    /// The clock was set back: new samples would be older than stored ones.
    CLOCK("the clock was set back"),
    /// The process did not run for a while, or the clock was set ahead: the newest samples are too
    /// old to prove anything.
    PAUSE("Pharos did not run for a while"),
    /// A file with credentials or certificates can't be read.
    CREDENTIALS("credentials can't be read"),
    /// Data would exceed a memory limit of this process.
    LIMIT("over a limit of Pharos itself"),
    /// The store rejected samples.
    STORE("samples can't be stored"),
    /// Pharos' own code failed unexpectedly.
    UNFORESEEN("an unexpected error in Pharos");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// Returns a short description in English.
    public String text() {
      return text;
    }

    /// Returns the label value: the name in lower case.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Returns the origin of an exception, found in its chain of causes.
  static FailureOrigin of(Throwable problem) {
    Throwable cause = problem;
    for (int depth = 0; cause != null && depth < 20; cause = cause.getCause(), depth++) {
      Optional<Kind> kind = kind(cause);
      if (kind.isPresent()) {
        return new Own(kind.get(), kind.get().text() + ": " + cause.getMessage());
      }
    }
    return new Remote();
  }

  private static Optional<Kind> kind(Throwable cause) {
    return switch (cause) {
      case OutOfMemoryError error ->
          Optional.of(
              String.valueOf(error.getMessage()).contains("native thread")
                  ? Kind.THREADS
                  : Kind.MEMORY);
      case StackOverflowError _ -> Optional.of(Kind.UNFORESEEN);
      case UnknownHostException e -> resolver(e.getMessage());
      case SocketException e -> errno(e.getMessage());
      case FileSystemException e -> errno(e.getReason());
      case UncheckedIOException _ -> Optional.empty();
      // Excludes subclasses, because their messages may quote the remote side.
      case IOException e when e.getClass() == IOException.class -> errno(e.getMessage());
      default -> Optional.empty();
    };
  }

  /* Recognizes the errors EAI_AGAIN and EAI_SYSTEM of getaddrinfo. An unknown name causes other
   * errors. */
  private static Optional<Kind> resolver(@Nullable String message) {
    String text = String.valueOf(message);
    return text.endsWith("Temporary failure in name resolution") || text.endsWith("System error")
        ? Optional.of(Kind.RESOLVER)
        : errno(message);
  }

  /// Recognizes the texts of `strerror` on Linux and macOS, which the JDK puts into messages.
  private static Optional<Kind> errno(@Nullable String message) {
    String text = String.valueOf(message);
    if (text.endsWith("Too many open files") || text.endsWith("Too many open files in system")) {
      return Optional.of(Kind.DESCRIPTORS);
    }
    if (text.endsWith("Cannot allocate memory")) {
      return Optional.of(Kind.MEMORY);
    }
    if (text.endsWith("No space left on device")
        || text.endsWith("Disk quota exceeded")
        || text.endsWith("Read-only file system")
        || text.endsWith("Input/output error")) {
      return Optional.of(Kind.DISK);
    }
    if (text.endsWith("Network is unreachable")
        || text.endsWith("Network is down")
        || text.endsWith("Cannot assign requested address")
        || text.endsWith("Can't assign requested address")
        || text.endsWith("No buffer space available")) {
      return Optional.of(Kind.NETWORK);
    }
    return Optional.empty();
  }
}
