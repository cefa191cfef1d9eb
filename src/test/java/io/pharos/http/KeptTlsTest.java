package io.pharos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A kept connection by TLS, to a server that shakes hands as a test says.
@Timeout(60)
class KeptTlsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir private static Path folder;
  private static SelfSigned self;
  private static SelfSigned other;

  private final Clients clients = new Clients(InstantSource.system(), Map.of());
  private final KeptConnection kept = new KeptConnection();
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();
  private final List<Hands> shaken = new CopyOnWriteArrayList<>();
  private final BlockingQueue<SSLSocket> idle = new LinkedBlockingQueue<>();
  private final SSLParameters parameters = new SSLParameters();
  private OutgoingClient client;
  private ServerSocket server;

  /// What the server saw of the other side.
  private record Hands(String protocol, List<String> names, boolean named, long sessionSince) {}

  @BeforeAll
  static void makeCertificates() throws Exception {
    self = SelfSigned.create(folder, "dns:pharos.example,ip:127.0.0.1", 2);
    other = SelfSigned.create(folder, "dns:other.example,ip:127.0.0.1", 2);
  }

  @AfterEach
  void stop() throws IOException {
    kept.close();
    if (client != null) {
      client.close();
    }
    clients.close();
    if (server != null) {
      server.close();
    }
    for (Socket socket : accepted) {
      socket.close();
    }
  }

  private static TlsOptions trusting(SelfSigned one) {
    return options(one.certificate(), "", TlsOptions.Version.TLS12, TlsOptions.Version.TLS13);
  }

  private static TlsOptions options(
      Path ca, String serverName, TlsOptions.Version least, TlsOptions.Version most) {
    return new TlsOptions(
        new SecretSource.FromFile(ca),
        SecretSource.unset(),
        SecretSource.unset(),
        serverName,
        false,
        least,
        most);
  }

  private void begin(TlsOptions tls) throws IOException {
    client =
        clients.open(
            new HttpOptions(new Credentials.None(), tls, ProxyOptions.NONE, Map.of(), true, true));
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private void serve(TlsOptions tls) throws IOException {
    begin(tls);
    accept(
        socket -> {
          try {
            if (self.server().getSocketFactory().createSocket(socket, null, true)
                instanceof SSLSocket secure) {
              secure.setSSLParameters(parameters);
              answer(secure);
            }
          } catch (IOException _) {
            // the other side is gone, or did not like the certificate
          }
        });
  }

  private interface Peer {
    void talk(Socket socket) throws IOException, InterruptedException;
  }

  private void accept(Peer peer) {
    Thread.ofVirtual()
        .start(
            () -> {
              while (true) {
                try {
                  Socket socket = server.accept();
                  accepted.add(socket);
                  Thread.ofVirtual()
                      .start(
                          () -> {
                            try {
                              peer.talk(socket);
                            } catch (IOException | InterruptedException _) {
                              // the other side is gone
                            }
                          });
                } catch (IOException _) {
                  return; // the test is over
                }
              }
            });
  }

  private void answer(SSLSocket socket) throws IOException {
    socket.startHandshake();
    var names = new ArrayList<String>();
    if (socket.getSession() instanceof ExtendedSSLSession session) {
      session.getRequestedServerNames().stream()
          .filter(SNIHostName.class::isInstance)
          .map(name -> ((SNIHostName) name).getAsciiName())
          .forEach(names::add);
    }
    shaken.add(
        new Hands(
            socket.getSession().getProtocol(),
            names,
            parameters.getNeedClientAuth() && socket.getSession().getPeerCertificates().length > 0,
            socket.getSession().getCreationTime()));
    InputStream in = socket.getInputStream();
    var request = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      request.append((char) c);
      if (request.toString().endsWith("\r\n\r\n")) {
        request.setLength(0);
        byte[] body = "x 1\n".repeat(20_000).getBytes(ISO_8859_1); // some records
        socket
            .getOutputStream()
            .write(
                ("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(ISO_8859_1));
        socket.getOutputStream().write(body);
        idle.add(socket);
      }
    }
  }

  private HttpRequest request() {
    return HttpRequest.newBuilder(
            URI.create("https://127.0.0.1:" + server.getLocalPort() + "/metrics"))
        .build();
  }

  private HttpResponse<byte[]> get(Duration limit) throws IOException, InterruptedException {
    return client.send(request(), BoundedBody.of(1 << 20), limit, kept);
  }

  private void assertAnswered() throws Exception {
    HttpResponse<byte[]> answer = get(LONG);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).hasSize(80_000);
    assertThat(kept.isOpen()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = TlsOptions.Version.class,
      names = {"TLS12", "TLS13"})
  void requests_goByOneConnection_andTheNextByTheSameSession(TlsOptions.Version version)
      throws Exception {
    serve(options(self.certificate(), "", version, version));
    assertAnswered();
    assertAnswered();
    // What comes beside answers (tickets of the session) is no end.
    assertThat(kept.awaitClosed(Duration.ofMillis(5))).isFalse();
    assertThat(kept.isOpen()).isTrue();
    assertAnswered();
    assertThat(shaken).hasSize(1);

    kept.close();
    assertAnswered();
    assertThat(shaken).hasSize(2);
    assertThat(shaken.get(1)).isEqualTo(shaken.get(0));
    assertThat(shaken.get(0).protocol())
        .isEqualTo(version == TlsOptions.Version.TLS12 ? "TLSv1.2" : "TLSv1.3");
  }

  /// As a server that ends, one that is killed, and one whose machine resets what it knows nothing
  /// of.
  @ParameterizedTest
  @ValueSource(strings = {"close_notify", "FIN", "RST"})
  void connectionThatIsClosed_isSeenAtOnce_andReplaced(String how) throws Exception {
    serve(trusting(self));
    assertAnswered();
    SSLSocket there = idle.take();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                switch (how) {
                  case "close_notify" -> there.close();
                  case "FIN" -> accepted.getFirst().close();
                  default -> {
                    accepted.getFirst().setSoLinger(true, 0);
                    accepted.getFirst().close();
                  }
                }
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertThat(kept.awaitClosed(LONG)).isTrue();
    assertThat(kept.isOpen()).isFalse();
    assertAnswered();
    assertThat(shaken).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"close_notify", "FIN", "RST"})
  void connectionThatWasClosedMeanwhile_isReplacedByTheRequest(String how) throws Exception {
    serve(trusting(self));
    assertAnswered();
    SSLSocket there = idle.take();
    switch (how) {
      case "close_notify" -> there.close();
      case "FIN" -> accepted.getFirst().close();
      default -> {
        accepted.getFirst().setSoLinger(true, 0);
        accepted.getFirst().close();
      }
    }
    assertAnswered();
    assertThat(shaken).hasSize(2);
  }

  @Test
  void serverThatNeverShakesHands_takesNoLongerThanTheLimit() throws Exception {
    begin(trusting(self));
    var silent = new CountDownLatch(1);
    accept(_ -> silent.await());
    assertThatThrownBy(() -> get(Duration.ofMillis(200)))
        .isInstanceOf(HttpTimeoutException.class)
        .hasMessageContaining("no complete response within");
    assertThat(kept.isOpen()).isFalse();
    silent.countDown();
  }

  /// Each byte comes within the limit, and the handshake never ends.
  @Test
  void serverThatShakesHandsByteByByte_takesNoLongerThanTheLimit() throws Exception {
    begin(trusting(self));
    var pace = new CountDownLatch(1);
    accept(
        socket -> {
          // The head of a handshake's record of 16 KiB.
          for (byte one : new byte[] {22, 3, 3, 0x40, 0}) {
            socket.getOutputStream().write(one);
          }
          while (!pace.await(10, TimeUnit.MILLISECONDS)) {
            socket.getOutputStream().write(2);
          }
        });
    long began = System.nanoTime();
    assertThatThrownBy(() -> get(Duration.ofMillis(300))).isInstanceOf(HttpTimeoutException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
    pace.countDown();
  }

  @Test
  void serverName_isWhatTheCertificateMustHave_andWhatTheServerIsAskedFor() throws Exception {
    serve(
        options(
            self.certificate(),
            "pharos.example",
            TlsOptions.Version.TLS12,
            TlsOptions.Version.TLS13));
    assertAnswered();
    assertThat(shaken.getFirst().names()).containsExactly("pharos.example");
  }

  @Test
  void certificate_ofAnotherName_orOfNobodyTrusted_isRefused() throws Exception {
    serve(
        options(
            self.certificate(),
            "else.example",
            TlsOptions.Version.TLS12,
            TlsOptions.Version.TLS13));
    assertThatThrownBy(() -> get(LONG))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("the certificate is not valid for else.example");
    client.close();
    server.close();
    serve(trusting(other));
    assertThatThrownBy(() -> get(LONG)).isInstanceOf(SSLException.class);
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void anyCertificate_isTakenWithInsecureSkipVerify() throws Exception {
    serve(
        new TlsOptions(
            SecretSource.unset(),
            SecretSource.unset(),
            SecretSource.unset(),
            "",
            true,
            null,
            null));
    assertAnswered();
  }

  @Test
  void addressThatTheCertificateDoesNotHave_isRefused() throws Exception {
    begin(trusting(self));
    try (var strange = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.2"))) {
      server.close();
      server = strange;
      accept(
          socket -> {
            if (self.server().getSocketFactory().createSocket(socket, null, true)
                instanceof SSLSocket secure) {
              answer(secure);
            }
          });
      URI url = URI.create("https://127.0.0.2:" + strange.getLocalPort() + "/");
      assertThatThrownBy(
              () ->
                  client.send(HttpRequest.newBuilder(url).build(), BoundedBody.of(100), LONG, kept))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("127.0.0.2");
    }
  }

  @Test
  void clientCertificate_isShownToWhoWantsIt() throws Exception {
    parameters.setNeedClientAuth(true);
    serve(
        new TlsOptions(
            new SecretSource.FromFile(self.certificate()),
            new SecretSource.FromFile(self.certificate()),
            new SecretSource.FromFile(self.key()),
            "",
            false,
            null,
            null));
    assertAnswered();
    assertThat(shaken.getFirst().named()).isTrue();
  }

  @Test
  void serverOfAnOldVersion_isRefusedWhereANewOneIsAskedFor() throws Exception {
    parameters.setProtocols(new String[] {"TLSv1.2"});
    serve(options(self.certificate(), "", TlsOptions.Version.TLS13, TlsOptions.Version.TLS13));
    assertThatThrownBy(() -> get(LONG)).isInstanceOf(SSLException.class);
    assertThat(shaken).isEmpty();
  }

  @Test
  void fileThatIsRenewed_countsAtTheNextRequest_byAnotherConnection() throws Exception {
    Path ca = folder.resolve("renewed.crt");
    Files.copy(self.certificate(), ca, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(ca, FileTime.from(Instant.ofEpochSecond(1000)));
    serve(options(ca, "", TlsOptions.Version.TLS12, TlsOptions.Version.TLS13));
    assertAnswered();
    assertAnswered();
    assertThat(shaken).hasSize(1);

    Files.setLastModifiedTime(ca, FileTime.from(Instant.ofEpochSecond(2000)));
    assertAnswered();
    assertThat(shaken).hasSize(2);

    Files.copy(other.certificate(), ca, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(ca, FileTime.from(Instant.ofEpochSecond(3000)));
    assertThatThrownBy(() -> get(LONG)).isInstanceOf(SSLException.class);

    Files.delete(ca);
    assertThatThrownBy(() -> get(LONG))
        .isInstanceOf(OutgoingClient.CredentialsException.class)
        .hasMessageContaining(ca.toString());
  }

  @Test
  void serverThatSpeaksHttp2Only_isLeftToTheOtherClient() throws Exception {
    parameters.setApplicationProtocols(new String[] {"h2"});
    var offered = new CopyOnWriteArrayList<List<String>>();
    begin(trusting(self));
    accept(
        socket -> {
          if (self.server().getSocketFactory().createSocket(socket, null, true)
              instanceof SSLSocket secure) {
            secure.setHandshakeApplicationProtocolSelector(
                (_, all) -> {
                  offered.add(List.copyOf(all));
                  return all.contains("h2") ? "h2" : null;
                });
            secure.startHandshake();
            secure.close();
          }
        });
    assertThatThrownBy(() -> get(LONG)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> get(LONG)).isInstanceOf(IOException.class);
    assertThat(offered.getFirst()).containsExactly("http/1.1");
    assertThat(offered.subList(1, offered.size()))
        .hasSizeGreaterThan(1)
        .allSatisfy(it -> assertThat(it).contains("h2"));
  }

  @Test
  void ownerThatWaits_isInterrupted_andHoldsNoThreadMeanwhile() throws Exception {
    serve(trusting(self));
    var waiting = new CountDownLatch(40);
    var ended = new LinkedBlockingQueue<String>();
    var owners = new ArrayList<Thread>();
    for (int i = 0; i < 40; i++) { // more than there are carriers
      owners.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (var own = new KeptConnection()) {
                      client.send(request(), BoundedBody.of(1 << 20), LONG, own);
                      waiting.countDown();
                      ended.add("closed " + own.awaitClosed(LONG));
                    } catch (InterruptedException _) {
                      ended.add("interrupted");
                    } catch (IOException e) {
                      ended.add(e.toString());
                    }
                  }));
    }
    assertThat(waiting.await(30, TimeUnit.SECONDS)).isTrue();
    var answered = new CompletableFuture<Integer>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                answered.complete(get(LONG).statusCode());
              } catch (IOException | InterruptedException e) {
                answered.completeExceptionally(e);
              }
            });
    assertThat(answered.get(20, TimeUnit.SECONDS)).isEqualTo(200);
    owners.forEach(Thread::interrupt);
    for (Thread owner : owners) {
      owner.join();
    }
    assertThat(ended).hasSize(40).containsOnly("interrupted");
  }
}
