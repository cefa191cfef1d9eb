package io.pharos.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A WebSocket connection on which a server sends messages. One thread reads and writes. Messages
/// that are not read yet stay in the connection, so that a fast server cannot fill the memory. A
/// server that answers no ping counts as gone.
public final class WebSocketLink implements AutoCloseable {
  /// Maximum number of characters or bytes of a message.
  public static final int MAX_MESSAGE = 1024 * 1024;

  /// A server that is silent for so long is asked by a ping.
  public static final Duration QUIET = Duration.ofSeconds(15);

  private static final Duration SEND = Duration.ofSeconds(10);

  /// Unanswered pings after which the server counts as gone.
  private static final int MAX_PINGS = 2;

  private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
  private final Receiver receiver = new Receiver();
  private @Nullable WebSocket socket;
  private final AtomicInteger unanswered = new AtomicInteger();
  private final Duration quiet;
  private volatile boolean hasEnded;

  /// What arrived.
  public sealed interface Frame {
    /// A complete text.
    record Text(String text) implements Frame {}

    /// A complete binary message.
    record Binary(byte[] bytes) implements Frame {}

    /// Nothing arrived for [#QUIET], but the server was there a moment ago.
    record Quiet() implements Frame {}

    /// The connection has ended.
    ///
    /// @param reason why, for people
    record Closed(String reason) implements Frame {}
  }

  private WebSocketLink(Duration quiet) {
    this.quiet = quiet;
  }

  /// Opens a connection.
  ///
  /// @throws IOException if the server does not accept it within the limit
  static WebSocketLink open(WebSocket.Builder builder, URI address, Duration limit)
      throws IOException, InterruptedException {
    return open(builder, address, limit, QUIET);
  }

  /// @param quiet see [#QUIET]
  static WebSocketLink open(WebSocket.Builder builder, URI address, Duration limit, Duration quiet)
      throws IOException, InterruptedException {
    var link = new WebSocketLink(quiet);
    try {
      link.socket =
          builder
              .connectTimeout(limit)
              .buildAsync(address, link.receiver)
              .get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return link;
    } catch (ExecutionException e) {
      throw new IOException(
          LoggableAddress.ofWebSocket(address) + ": no WebSocket: " + reason(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new IOException(
          LoggableAddress.ofWebSocket(address)
              + " did not open a WebSocket within "
              + limit.toSeconds()
              + " s",
          e);
    }
  }

  /* The message may contain the address with its tickets. */
  private static String reason(@Nullable Throwable problem) {
    return problem == null ? "failed" : problem.getClass().getSimpleName();
  }

  /// Waits for the next message, at most for [#QUIET].
  public Frame next() throws InterruptedException {
    Frame frame = frames.poll(quiet.toMillis(), TimeUnit.MILLISECONDS);
    if (frame != null) {
      if (frame instanceof Frame.Text || frame instanceof Frame.Binary) {
        socket().request(1);
      }
      return frame;
    }
    if (unanswered.get() >= MAX_PINGS) {
      return new Frame.Closed("the server answers no ping");
    }
    var _ = unanswered.incrementAndGet();
    try {
      await(socket().sendPing(ByteBuffer.allocate(0)));
    } catch (IOException e) {
      return new Frame.Closed(String.valueOf(e.getMessage()));
    }
    return new Frame.Quiet();
  }

  /// Sends a text.
  ///
  /// @throws IOException if the connection does not take it, or has ended
  public void send(String text) throws IOException, InterruptedException {
    await(unended().sendText(text, true));
  }

  /// Sends bytes.
  ///
  /// @throws IOException if the connection does not take them, or has ended
  public void send(byte[] bytes) throws IOException, InterruptedException {
    await(unended().sendBinary(ByteBuffer.wrap(bytes), true));
  }

  /* A lost connection may still take a message for a moment, and nobody gets it. */
  private WebSocket unended() throws IOException {
    if (hasEnded) {
      throw new IOException("the connection takes no message: it has ended");
    }
    return socket();
  }

  private WebSocket socket() {
    WebSocket open = socket;
    if (open == null) {
      throw new IllegalStateException("the connection is not open");
    }
    return open;
  }

  private static void await(CompletionStage<?> sent) throws IOException, InterruptedException {
    try {
      var _ = sent.toCompletableFuture().get(SEND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the connection takes no message: " + reason(e.getCause()), e);
    }
  }

  /// Ends the connection at once.
  @Override
  public void close() {
    WebSocket open = socket;
    if (open != null) {
      open.abort();
    }
  }

  /// Collects the parts of a message. It holds one message at a time.
  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      unanswered.set(0);
      text.append(data);
      if (text.length() > MAX_MESSAGE) {
        tooLong(from);
      } else if (last) {
        frames.add(new Frame.Text(text.toString()));
        text.setLength(0);
      } else {
        from.request(1);
      }
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      unanswered.set(0);
      var bytes = new byte[data.remaining()];
      data.get(bytes);
      binary.writeBytes(bytes);
      if (binary.size() > MAX_MESSAGE) {
        tooLong(from);
      } else if (last) {
        frames.add(new Frame.Binary(binary.toByteArray()));
        binary.reset();
      } else {
        from.request(1);
      }
      return null;
    }

    private void tooLong(WebSocket from) {
      end("a message is longer than " + MAX_MESSAGE);
      from.abort();
    }

    private void end(String reason) {
      hasEnded = true;
      frames.add(new Frame.Closed(reason));
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
      unanswered.set(0);
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
      unanswered.set(0);
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      end("the server closed the connection with " + code);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      end("the connection failed: " + reason(error));
    }
  }
}
