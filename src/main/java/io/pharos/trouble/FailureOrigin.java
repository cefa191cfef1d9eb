package io.pharos.trouble;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whose a failure is: of this process and its machine, or of whoever was asked.
public sealed interface FailureOrigin {
  /// A failure that says nothing about whoever was asked.
  ///
  /// @param reason what people are told
  record Own(Kind kind, String reason) implements FailureOrigin {
    public Own {
      requireNonNull(kind, "kind is null");
      requireNonNull(reason, "reason is null");
    }
  }

  /// A failure of whoever was asked, or of the way there.
  record Theirs() implements FailureOrigin {}

  /// What of this process or its machine it is.
  enum Kind {
    /// No file descriptor is left, of the process or of the machine.
    DESCRIPTORS("too many open files"),
    MEMORY("out of memory"),
    /// No thread can be started.
    THREADS("no more threads"),
    /// A disk that is full, over its quota, read-only or broken.
    DISK("the disk takes nothing"),
    /// The resolver of this machine does not answer; not a name that it does not know.
    RESOLVER("this host can't resolve names"),
    /// No way out of this machine: no route, no local port, no buffers.
    NETWORK("this host has no network"),
    /// The clock was set back: what is measured can't be put behind what was.
    CLOCK("the clock was set back"),
    /// Nothing ran for a while, or the clock was set ahead: what is newest is too old to conclude
    /// from.
    PAUSE("nothing ran for a while"),
    /// A file with credentials or certificates that can't be read.
    CREDENTIALS("credentials can't be read"),
    /// More than a bound of this process' memory allows.
    LIMIT("over a limit of Pharos"),
    /// Samples that the store refused.
    STORE("samples can't be stored"),
    /// A failure that nobody foresaw, in code of ours.
    UNFORESEEN("an error in Pharos");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// For people, in English.
    public String text() {
      return text;
    }

    /// The value of a label: the name in lower case.
    public String label() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /// Whose the failure is that a chain of causes tells of.
  static FailureOrigin of(Throwable problem) {
    Throwable cause = problem;
    for (int depth = 0; cause != null && depth < 20; cause = cause.getCause(), depth++) {
      Optional<Kind> kind = kind(cause);
      if (kind.isPresent()) {
        return new Own(kind.get(), kind.get().text() + ": " + cause.getMessage());
      }
    }
    return new Theirs();
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
      // Only the system's own: a subclass may quote what the other side sent.
      case IOException e when e.getClass() == IOException.class -> errno(e.getMessage());
      default -> Optional.empty();
    };
  }

  /* EAI_AGAIN and EAI_SYSTEM of getaddrinfo; a name that is not known is none of them. */
  private static Optional<Kind> resolver(@Nullable String message) {
    String text = String.valueOf(message);
    return text.endsWith("Temporary failure in name resolution") || text.endsWith("System error")
        ? Optional.of(Kind.RESOLVER)
        : errno(message);
  }

  /// By the words of `strerror` on Linux and macOS, which the JDK hands on.
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
