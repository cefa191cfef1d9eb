package io.pharos.logs;

import com.github.loki4j.client.http.HttpConfig;
import com.github.loki4j.client.http.Loki4jHttpClient;
import com.github.loki4j.client.http.LokiResponse;
import com.github.loki4j.logback.JavaHttpSender;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// Makes the appender retry after every temporary failure. By default, the appender retries only
/// after refused connections, 429 and 503. But Loki answers 500 while it stops, and requests time
/// out in a broken network. So this sender reports these failures as refused connections or 503.
final class RetryingSender extends JavaHttpSender {
  private static final int UNAVAILABLE = 503;

  private static final int TOO_MANY_REQUESTS = 429;

  private final AtomicLong errors = new AtomicLong();
  private final AtomicLong losses = new AtomicLong();

  /// Returns the number of failed pushes, including retries.
  long errors() {
    return errors.get();
  }

  /// Returns the number of batches that Loki rejected. They are not retried.
  long losses() {
    return losses.get();
  }

  @Override
  public Function<HttpConfig, Loki4jHttpClient> getHttpClientFactory() {
    Function<HttpConfig, Loki4jHttpClient> factory = super.getHttpClientFactory();
    return config -> new RetryingClient(factory.apply(config), errors, losses);
  }

  private record RetryingClient(Loki4jHttpClient client, AtomicLong errors, AtomicLong losses)
      implements Loki4jHttpClient {

    @Override
    public HttpConfig getConfig() {
      return client.getConfig();
    }

    @Override
    public LokiResponse send(ByteBuffer batch) throws Exception {
      LokiResponse response;
      try {
        response = client.send(batch);
      } catch (IOException e) {
        errors.incrementAndGet();
        var refused = new ConnectException(e.toString());
        refused.initCause(e);
        throw refused;
      }
      if (response.status < 200 || response.status > 299) {
        errors.incrementAndGet();
        if (response.status < 500 && response.status != TOO_MANY_REQUESTS) {
          losses.incrementAndGet();
        }
      }
      return response.status >= 500 ? new LokiResponse(UNAVAILABLE, response.body) : response;
    }

    @Override
    public void close() {
      try {
        client.close();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } catch (Exception e) { // the interface permits any exception
        throw new IllegalStateException("the HTTP client of Loki can't be closed", e);
      }
    }
  }
}
