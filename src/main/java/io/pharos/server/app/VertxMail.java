package io.pharos.server.app;

import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.http.TlsOptions;
import io.pharos.http.TlsContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailConfig;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.MailResult;
import io.vertx.ext.mail.SMTPException;
import io.vertx.ext.mail.StartTLSOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Sends mail with the mail client of Vert.x. Each configured mail server has its own client.
/* If the environment configures quarkus-mailer (QUARKUS_MAILER_HOST), the client of quarkus-mailer
 * sends the mail for the server global.smtp_smarthost. So the same notification file can be used on
 * a laptop and in production. */
final class VertxMail implements OutgoingMail.Transport, AutoCloseable {
  /// The client of quarkus-mailer, and the mail server whose mail it sends.
  record Configured(MailClient client, Supplier<@Nullable HostPort> replaces) {}

  private static final Duration CLOSE_DELAY = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final Context context;
  private final InstantSource clock;
  private final Optional<Configured> configured;
  private final Map<OutgoingMail.Server, MailClient> clients = new ConcurrentHashMap<>();

  VertxMail(Vertx vertx, InstantSource clock, Optional<Configured> configured) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    if (!context.isEventLoopContext()) {
      throw new IllegalStateException("VertxMail must be created on an event loop of Vert.x");
    }
    this.clock = clock;
    this.configured = configured;
  }

  @Override
  public NotifyResult send(OutgoingMail mail, Instant deadline) {
    Duration timeout = Duration.between(clock.instant(), deadline);
    if (!timeout.isPositive()) {
      return retry("no time left before the deadline");
    }
    var message =
        new MailMessage().setFrom(mail.from()).setTo(mail.to()).setSubject(mail.subject());
    if (mail.text() != null) {
      message.setText(mail.text());
    }
    if (mail.html() != null) {
      message.setHtml(mail.html());
    }
    message.addHeader("Message-ID", mail.messageId());
    mail.headers().forEach(message::addHeader);
    MailClient client;
    try {
      client = client(mail.server());
    } catch (IOException e) {
      return retry(mail.server().address() + ": " + e.getMessage());
    }
    try {
      var result =
          sendByClient(client, message)
              .toCompletionStage()
              .toCompletableFuture()
              .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return new NotifyResult.Sent(
          "accepted by " + mail.server().address() + " for " + result.getRecipients());
    } catch (ExecutionException e) {
      retire(mail.server(), client);
      return failure(mail, e.getCause());
    } catch (TimeoutException _) { // the result reports it
      retire(mail.server(), client);
      return retry(mail.server().address() + " did not answer in " + timeout.toSeconds() + " s");
    } catch (InterruptedException _) { // shutdown: the outbox sends the mail after the next start
      Thread.currentThread().interrupt();
      return retry("interrupted");
    }
  }

  /* The client is called on a thread of Vert.x. A call from another thread would create a context
   * with another event loop than the connection's. The client would then start to listen too late,
   * and miss the server's greeting in one of fifty mails. */
  private Future<MailResult> sendByClient(MailClient client, MailMessage message) {
    Promise<MailResult> result = Promise.promise();
    context.runOnContext(_ -> client.sendMail(message).onComplete(result));
    return result.future();
  }

  private static NotifyResult failure(OutgoingMail mail, @Nullable Throwable cause) {
    String reason =
        mail.server().address() + ": " + (cause == null ? "failed" : cause.getMessage());
    boolean recipientRefused =
        cause instanceof SMTPException smtp
            && smtp.isPermanent()
            && smtp.getReplyCode() >= 550
            && String.valueOf(smtp.getMessage()).contains("recipient");
    return recipientRefused ? new NotifyResult.Rejected(reason) : retry(reason);
  }

  private static NotifyResult retry(String reason) {
    return new NotifyResult.Retryable(reason);
  }

  /* After a failure the pool of the client may block the next mail until its deadline, so a new
   * client sends that mail. The old client may still be sending other mail, so it is closed
   * later. */
  private void retire(OutgoingMail.Server server, MailClient client) {
    if (clients.remove(server, client)) {
      vertx.setTimer(CLOSE_DELAY.toMillis(), _ -> client.close());
    }
  }

  private MailClient client(OutgoingMail.Server server) throws IOException {
    if (configured.isPresent() && server.address().equals(configured.get().replaces().get())) {
      return configured.get().client();
    }
    MailClient existing = clients.get(server);
    if (existing != null) {
      return existing;
    }
    MailConfig config = config(server);
    return clients.computeIfAbsent(server, _ -> MailClient.create(vertx, config));
  }

  private static MailConfig config(OutgoingMail.Server server) throws IOException {
    var config =
        new MailConfig()
            .setHostname(server.address().host())
            .setPort(server.address().port())
            .setSsl(server.implicitTls())
            .setStarttls(
                server.implicitTls()
                    ? StartTLSOptions.DISABLED
                    : server.requireTls() ? StartTLSOptions.REQUIRED : StartTLSOptions.OPTIONAL)
            .setConnectTimeout(10_000)
            .setKeepAlive(false)
            .setUserAgent("Pharos");
    if (!server.hello().isEmpty()) {
      config.setOwnHostname(server.hello());
    }
    OutgoingMail.Login login = server.login();
    if (login == null) {
      config.setLogin(LoginOption.DISABLED);
    } else {
      // As in Alertmanager: if the server offers no login, the mail is sent without a login.
      boolean canLogIn = login.password() != null || login.secret() != null;
      config
          .setLogin(canLogIn ? LoginOption.NONE : LoginOption.REQUIRED)
          .setUsername(login.username());
      if (login.password() != null) {
        config.setPassword(login.password().reveal());
      } else if (login.secret() != null) {
        config.setPassword(login.secret().reveal()).setAuthMethods("CRAM-MD5");
      }
    }
    tls(config, server.tls());
    return config;
  }

  private static void tls(MailConfig config, TlsOptions tls) throws IOException {
    config
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(tls.protocols()))
        .setTrustOptions(TrustOptions.wrap(TlsContext.serverTrust(tls)));
    TlsContext.key(tls).map(KeyCertOptions::wrap).ifPresent(config::setKeyCertOptions);
    if (tls.insecureSkipVerify()) {
      config.setHostnameVerificationAlgorithm("");
    }
  }

  @Override
  public void close() {
    clients.values().forEach(MailClient::close);
  }
}
