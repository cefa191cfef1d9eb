package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.pharos.alerting.channel.OutgoingMail;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.http.SelfSigned;
import io.vertx.core.Vertx;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLServerSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Mail through a real SMTP server.
class VertxMailTest {
  private final Vertx vertx = Vertx.vertx();
  private final VertxMail mail = new VertxMail(vertx, InstantSource.system(), Optional.empty());
  private GreenMail server;

  @BeforeEach
  void start() {
    server = new GreenMail(new ServerSetup(0, "127.0.0.1", "smtp"));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
    mail.close();
    vertx.close();
  }

  private OutgoingMail outgoing(String to, boolean requireTls, OutgoingMail.@Nullable Login login) {
    return outgoing(server.getSmtp().getPort(), to, requireTls, login);
  }

  private static OutgoingMail outgoing(
      int port, String to, boolean requireTls, OutgoingMail.@Nullable Login login) {
    return new OutgoingMail(
        "Pharos <pharos@example.org>",
        List.of(to),
        "[CRITICAL] 后端 down",
        Map.of("Auto-Submitted", "auto-generated", "X-Pharos-Group", "g"),
        "it is down",
        "<p>it is down</p>",
        "<delivery-1@pharos>",
        new OutgoingMail.Server(
            new HostPort("127.0.0.1", port), "", requireTls, false, TlsOptions.DEFAULT, login));
  }

  private static Instant soon() {
    return Instant.now().plusSeconds(10);
  }

  @Test
  void send_textAndHtml_arrivesWhole() throws Exception {
    assertThat(mail.send(outgoing("on-call@example.org", false, null), soon()))
        .isInstanceOf(NotifyResult.Sent.class);
    MimeMessage message = server.getReceivedMessages()[0];
    assertThat(message.getSubject()).isEqualTo("[CRITICAL] 后端 down");
    assertThat(message.getMessageID()).isEqualTo("<delivery-1@pharos>");
    assertThat(message.getHeader("Auto-Submitted")).containsExactly("auto-generated");
    assertThat(message.getHeader("X-Pharos-Group")).containsExactly("g");
    assertThat(message.getFrom()[0]).hasToString("Pharos <pharos@example.org>");
    var parts = (MimeMultipart) message.getContent();
    assertThat(parts.getBodyPart(0).getContent()).asString().contains("it is down");
    assertThat(parts.getBodyPart(1).getContent()).asString().contains("<p>it is down</p>");
  }

  @Test
  void send_withLogin_logsIn() {
    server.setUser("user@example.org", "user", "geheim");
    var login = new OutgoingMail.Login("user", new Secret("geheim"), null, "");
    assertThat(mail.send(outgoing("on-call@example.org", false, login), soon()))
        .isInstanceOf(NotifyResult.Sent.class);
  }

  @Test
  void send_wrongPassword_mayBeTriedAgainAndSaysNoPassword() {
    server.setUser("user@example.org", "user", "geheim");
    var login = new OutgoingMail.Login("user", new Secret("falsch"), null, "");
    assertThat(mail.send(outgoing("on-call@example.org", false, login), soon()))
        .isInstanceOfSatisfying(
            NotifyResult.Retryable.class,
            result -> assertThat(result.reason()).doesNotContain("falsch"));
  }

  @Test
  void send_serverThatOffersNoLogin_isSentToWithoutOne() throws IOException {
    try (var scripted = new ScriptedSmtp()) {
      var login = new OutgoingMail.Login("user", new Secret("geheim"), null, "");
      assertThat(mail.send(outgoing(scripted.port(), "a@example.org", false, login), soon()))
          .isInstanceOf(NotifyResult.Sent.class);
      assertThat(scripted.commands).noneMatch(command -> command.startsWith("AUTH"));
    }
  }

  @Test
  void send_afterRefusals_isNotHeldUp() throws IOException {
    try (var scripted = new ScriptedSmtp()) {
      scripted.replies.addAll(List.of("452 full", "421 busy", "452 full"));
      OutgoingMail outgoing = outgoing(scripted.port(), "a@example.org", false, null);
      for (int i = 0; i < 3; i++) {
        assertThat(mail.send(outgoing, soon()))
            .isInstanceOfSatisfying(
                NotifyResult.Retryable.class,
                result -> assertThat(result.reason()).doesNotContain("did not answer"));
      }
      assertThat(mail.send(outgoing, soon())).isInstanceOf(NotifyResult.Sent.class);
    }
  }

  @Test
  void send_manyOneAfterTheOther_missesNoGreeting() throws IOException {
    try (var scripted = new ScriptedSmtp()) {
      OutgoingMail outgoing = outgoing(scripted.port(), "a@example.org", false, null);
      for (int i = 0; i < 400; i++) {
        assertThat(mail.send(outgoing, Instant.now().plusSeconds(3)))
            .as("mail %s", i)
            .isInstanceOf(NotifyResult.Sent.class);
      }
    }
  }

  @Test
  void send_tlsRequiredButNotOffered_isNotSentInClear() {
    assertThat(mail.send(outgoing("on-call@example.org", true, null), soon()))
        .isInstanceOf(NotifyResult.Retryable.class);
    assertThat(server.getReceivedMessages()).isEmpty();
  }

  @Test
  void send_serverGone_mayBeTriedAgain() {
    OutgoingMail outgoing = outgoing("on-call@example.org", false, null);
    server.stop();
    assertThat(mail.send(outgoing, soon())).isInstanceOf(NotifyResult.Retryable.class);
  }

  /// Sends by implicit TLS to a server that supports only one version.
  private NotifyResult sendByTls(SelfSigned self, String version, TlsOptions tls)
      throws IOException {
    var listener =
        (SSLServerSocket)
            self.server()
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    listener.setEnabledProtocols(new String[] {version});
    try (var scripted = new ScriptedSmtp(listener)) {
      return mail.send(
          new OutgoingMail(
              "pharos@example.org",
              List.of("a@example.org"),
              "down",
              Map.of(),
              "it is down",
              null,
              "<delivery-1@pharos>",
              new OutgoingMail.Server(
                  new HostPort("127.0.0.1", scripted.port()), "", true, true, tls, null)),
          soon());
    }
  }

  private static TlsOptions tls(
      SelfSigned self,
      String serverName,
      TlsOptions.@Nullable Version min,
      TlsOptions.@Nullable Version max) {
    return new TlsOptions(
        SecretSource.fromFile(self.certificate()),
        SecretSource.unset(),
        SecretSource.unset(),
        serverName,
        false,
        min,
        max);
  }

  @Test
  void send_serverName_isTheNameThatTheCertificateMustHave(@TempDir Path folder) throws Exception {
    SelfSigned self = SelfSigned.create(folder, "dns:mail.example.org", 1);

    assertThat(sendByTls(self, "TLSv1.3", tls(self, "mail.example.org", null, null)))
        .isInstanceOf(NotifyResult.Sent.class);
    assertThat(sendByTls(self, "TLSv1.3", tls(self, "other.example.org", null, null)))
        .isInstanceOf(NotifyResult.Retryable.class);
    assertThat(sendByTls(self, "TLSv1.3", tls(self, "", null, null)))
        .isInstanceOf(NotifyResult.Retryable.class);
  }

  @Test
  void send_versionsOfTls_areKeptTo(@TempDir Path folder) throws Exception {
    SelfSigned self = SelfSigned.create(folder, "ip:127.0.0.1", 1);

    assertThat(sendByTls(self, "TLSv1.2", tls(self, "", null, null)))
        .isInstanceOf(NotifyResult.Sent.class);
    assertThat(sendByTls(self, "TLSv1.2", tls(self, "", TlsOptions.Version.TLS13, null)))
        .isInstanceOf(NotifyResult.Retryable.class);
    assertThat(sendByTls(self, "TLSv1.3", tls(self, "", null, TlsOptions.Version.TLS12)))
        .isInstanceOf(NotifyResult.Retryable.class);
  }

  @Test
  void send_afterTheDeadline_isNotTried() {
    assertThat(
            mail.send(outgoing("on-call@example.org", false, null), Instant.now().minusSeconds(1)))
        .isInstanceOf(NotifyResult.Retryable.class);
  }
}
