package io.pharos.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Writes log lines in the format of zap's production encoder, one JSON object per line.
///
/// A file of 16 MiB is renamed to `.1`, replacing the previous one. Thread-safe; a line that can't
/// be written is lost.
final class ZapLog implements AutoCloseable {
  private static final long LARGEST_FILE = 16L << 20;

  private final @Nullable Path file;
  private final OutputStream standard;
  private @Nullable OutputStream open;
  private long written;

  /// Opens a log.
  ///
  /// @param file appended to; null for standard output
  ZapLog(@Nullable Path file, OutputStream standard) {
    this.file = file;
    this.standard = standard;
    if (file != null) {
      try {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
          Files.createDirectories(directory);
        }
        reopen(file);
      } catch (IOException e) {
        throw new UncheckedIOException("log file " + file + ": can't be written", e);
      }
    }
  }

  /// Writes the line of the middleware for each request.
  ///
  /// @param query raw, as the backend logs it
  void access(
      Instant time,
      int status,
      String method,
      String path,
      String query,
      String ip,
      String userAgent,
      double seconds) {
    ObjectNode line = line("info", time, "middleware/logger.go:38", path);
    line.put("status", status).put("method", method).put("path", path).put("query", query);
    line.put("ip", ip).put("user-agent", userAgent).put("errors", "").put("cost", seconds);
    write(line);
  }

  /// Writes an error of the code below the middleware.
  void error(Instant time, String caller, String message, String path, String cause) {
    ObjectNode line = line("error", time, caller, message);
    line.put("path", path).put("error", cause);
    line.put("stacktrace", "main.handler\n\t/app/" + caller + "\nnet/http.HandlerFunc.ServeHTTP");
    write(line);
  }

  /// Writes a line at level info.
  void info(Instant time, String caller, String message) {
    write(line("info", time, caller, message));
  }

  private static ObjectNode line(String level, Instant time, String caller, String message) {
    ObjectNode line = Envelope.JSON.createObjectNode();
    line.put("level", level);
    line.put("ts", BigDecimal.valueOf(time.toEpochMilli(), 3));
    line.put("caller", caller);
    line.put("msg", message);
    return line;
  }

  private synchronized void write(ObjectNode line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    try {
      if (file != null && written + bytes.length > LARGEST_FILE) {
        close();
        Files.move(
            file,
            file.resolveSibling(file.getFileName() + ".1"),
            StandardCopyOption.REPLACE_EXISTING);
        reopen(file);
      }
      OutputStream out = open != null ? open : standard;
      out.write(bytes);
      out.flush();
      written += bytes.length;
    } catch (IOException _) {
      // A failure of the log can't be reported anywhere. The next line is written again.
    }
  }

  private void reopen(Path path) throws IOException {
    open = Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    written = Files.size(path);
  }

  @Override
  public synchronized void close() {
    if (open != null) {
      try {
        open.close();
      } catch (IOException _) {
        // Every line was flushed.
      }
      open = null;
    }
  }
}
