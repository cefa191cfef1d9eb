package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.channel.MailTransport;
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

/// Sends mail by the Vert.x mail client that quarkus-mailer is made of: one client for each mail
/// server that the configuration names.
/* Where the environment configures quarkus-mailer (QUARKUS_MAILER_HOST), its client takes the place
 * of the one for global.smtp_smarthost: the same versioned file then works on a laptop and in
 * production. */
final class VertxMail implements MailTransport, AutoCloseable {
  /// The mail client of quarkus-mailer and the server in the configuration that it stands for.
  record Configured(MailClient client, Supplier<@Nullable HostPort> standsFor) {}

  private static final Duration RETIRED = Duration.ofMinutes(10);

  private final Vertx vertx;
  private final Context context;
  private final InstantSource clock;
  private final Optional<Configured> configured;
  private final Map<OutgoingMail.Server, MailClient> clients = new ConcurrentHashMap<>();

  VertxMail(Vertx vertx, InstantSource clock, Optional<Configured> configured) {
    this.vertx = requireNonNull(vertx, "vertx is null");
    this.context = vertx.getOrCreateContext();
    if (!context.isEventLoopContext()) {
      throw new IllegalStateException("created on a thread of Vert.x that is no event loop");
    }
    this.clock = requireNonNull(clock, "clock is null");
    this.configured = requireNonNull(configured, "configured is null");
  }

  @Override
  public NotifyResult send(OutgoingMail mail, Instant deadline) {
    Duration patience = Duration.between(clock.instant(), deadline);
    if (!patience.isPositive()) {
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
          sent(client, message)
              .toCompletionStage()
              .toCompletableFuture()
              .get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return new NotifyResult.Sent(
          "accepted by " + mail.server().address() + " for " + result.getRecipients());
    } catch (ExecutionException e) {
      retire(mail.server(), client);
      return failure(mail, e.getCause());
    } catch (TimeoutException _) { // the result says so
      retire(mail.server(), client);
      return retry(mail.server().address() + " did not answer in " + patience.toSeconds() + " s");
    } catch (InterruptedException _) { // shutting down: the outbox sends it after the start
      Thread.currentThread().interrupt();
      return retry("interrupted");
    }
  }

  /* From a thread that is not Vert.x' own, each mail gets a context, and so an event loop, of its own.
   * The client then listens to a connection on another thread than the one that reads it, and what
   * comes before it listens is lost: the server's greeting or a part of it, in one mail of fifty. */
  private Future<MailResult> sent(MailClient client, MailMessage message) {
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
    return new NotifyResult.Retryable(reason, Optional.empty());
  }

  /* After a refusal the client's pool may hold back the next mail until its deadline, so that gets a
   * client of its own. Others may still be sending by this one. */
  private void retire(OutgoingMail.Server server, MailClient client) {
    if (clients.remove(server, client)) {
      vertx.setTimer(RETIRED.toMillis(), _ -> client.close());
    }
  }

  private MailClient client(OutgoingMail.Server server) throws IOException {
    if (configured.isPresent() && server.address().equals(configured.get().standsFor().get())) {
      return configured.get().client();
    }
    MailClient known = clients.get(server);
    if (known != null) {
      return known;
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
      // As Alertmanager: a server that offers no login is sent to without one.
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
