package io.pharos.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureOriginTest {
  static Stream<Arguments> ours() {
    return Stream.of(
        Arguments.of(new SocketException("Too many open files"), FailureOrigin.Kind.DESCRIPTORS),
        Arguments.of(
            new ExecutionException(new ConnectException("Too many open files")),
            FailureOrigin.Kind.DESCRIPTORS),
        Arguments.of(
            new FileSystemException("/etc/token", null, "Too many open files"),
            FailureOrigin.Kind.DESCRIPTORS),
        Arguments.of(
            new UncheckedIOException(new IOException("Too many open files in system")),
            FailureOrigin.Kind.DESCRIPTORS),
        Arguments.of(new IOException("No space left on device"), FailureOrigin.Kind.DISK),
        Arguments.of(
            new FileSystemException("/data/wal", null, "Read-only file system"),
            FailureOrigin.Kind.DISK),
        Arguments.of(new OutOfMemoryError("Java heap space"), FailureOrigin.Kind.MEMORY),
        Arguments.of(
            new OutOfMemoryError("unable to create native thread: possibly out of memory"),
            FailureOrigin.Kind.THREADS),
        Arguments.of(
            new UnknownHostException("db.example: Temporary failure in name resolution"),
            FailureOrigin.Kind.RESOLVER),
        Arguments.of(new ConnectException("Network is unreachable"), FailureOrigin.Kind.NETWORK),
        Arguments.of(
            new SocketException("Cannot assign requested address"), FailureOrigin.Kind.NETWORK));
  }

  @ParameterizedTest
  @MethodSource("ours")
  void of_troubleOfThisMachine_isOurs(Throwable problem, FailureOrigin.Kind kind) {
    assertThat(FailureOrigin.of(problem))
        .isInstanceOfSatisfying(
            FailureOrigin.Own.class, own -> assertThat(own.kind()).isEqualTo(kind));
  }

  static Stream<Throwable> theirs() {
    return Stream.of(
        new ConnectException("Connection refused"),
        new SocketException("Connection reset"),
        new ConnectException("No route to host"),
        new UnknownHostException("db.example: Name or service not known"),
        // Text from the other side is not about this machine.
        new ProtocolException("Invalid status line: \"Too many open files\""),
        new ProtocolException("Too many open files"),
        new IllegalStateException("Too many open files"),
        new NoSuchFileException("/etc/token"),
        new IOException());
  }

  @ParameterizedTest
  @MethodSource("theirs")
  void of_anythingElse_isRemote(Throwable problem) {
    assertThat(FailureOrigin.of(problem)).isEqualTo(new FailureOrigin.Remote());
  }
}
