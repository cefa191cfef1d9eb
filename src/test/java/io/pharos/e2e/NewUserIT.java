package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import jakarta.mail.BodyPart;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A new user's walk with the packaged program: an empty folder, a backend of names that Pharos'
/// own files do not know, `pharos init`, a mail when it breaks, a mail when it is well again. The
/// times in the written files are divided, so that the walk takes a minute and a half.
class NewUserIT {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static final int FASTER = 8;
  private static final Pattern TIME = Pattern.compile("\\b(\\d+)([smh])\\b");
  private static final Pattern LINK = Pattern.compile("https?://[^\\s<>\")\\]]+");

  @TempDir Path folder;

  @Test
  void emptyFolder_ownBackend_mailsAboutItAndNothingElse() throws Exception {
    int port = PharosProcess.freePort();
    int backendPort = PharosProcess.freePort();
    var mail = new GreenMail(new ServerSetup(0, "127.0.0.1", "smtp"));
    mail.start();
    Instant begin = Instant.now();
    try (var backend = new ShopBackend(backendPort)) {
      init(port, backendPort, mail.getSmtp().getPort());
      faster();
      Path log = folder.resolveSibling(folder.getFileName() + ".log");
      try (var pharos =
          PharosProcess.start(
              folder,
              log,
              "http://127.0.0.1:" + port,
              List.of(
                  "serve",
                  "--web.listen-address=127.0.0.1:" + port,
                  "--web.external-url=http://127.0.0.1:" + port))) {
        pharos.await("ready", LONG, pharos::isReady);
        walk(pharos, backend, mail, begin);
        assertThat(pharos.terminate()).isIn(0, 143); // a JVM that SIGTERM ended says 143
      } finally {
        Files.deleteIfExists(log);
      }
    } finally {
      mail.stop();
    }
  }

  private void walk(PharosProcess pharos, ShopBackend backend, GreenMail mail, Instant begin)
      throws Exception {
    pharos.await("the service up", LONG, () -> pharos.query("up{job=\"shop\"} == 1").size() == 1);
    TimeUnit.SECONDS.sleep(8);
    assertThat(subjects(mail)).as("while it is well").isEmpty();

    backend.setBroken(true);
    Duration told = pharos.await("a mail about errors", LONG, () -> subjects(mail).size() == 1);
    System.out.println("e2e: new user: mail about errors after " + told.toSeconds() + " s");
    assertThat(subjects(mail).getFirst()).contains("FIRING", "CRITICAL", "Service errors", "shop");
    linksOpen(texts(mail).getFirst());

    backend.setBroken(false);
    pharos.await("its resolve", LONG, () -> subjects(mail).size() == 2);
    assertThat(subjects(mail).get(1)).contains("RESOLVED", "Service errors");

    backend.stop();
    Duration down = pharos.await("a mail about the end", LONG, () -> subjects(mail).size() == 3);
    System.out.println("e2e: new user: mail about the end after " + down.toSeconds() + " s");
    assertThat(subjects(mail).get(2)).contains("FIRING", "CRITICAL", "Service down", "shop");

    backend.start();
    pharos.await("its resolve", LONG, () -> subjects(mail).size() == 4);
    assertThat(subjects(mail).get(3)).contains("RESOLVED", "Service down");
    TimeUnit.SECONDS.sleep(4);
    assertThat(subjects(mail)).hasSize(4);
    for (String text : texts(mail)) {
      assertThat(text.toLowerCase(Locale.ROOT)).doesNotContain("remotegpu", "gpu", "demo");
    }
    System.out.println(
        "e2e: new user: whole walk "
            + Duration.between(begin, Instant.now()).toSeconds()
            + " s, times divided by "
            + FASTER);
  }

  private void init(int port, int backendPort, int smtp) throws Exception {
    String launcher = Path.of("pharos").toAbsolutePath().toString();
    var ended =
        PharosProcess.run(
            folder,
            List.of(
                launcher,
                "init",
                "--job=shop",
                "--url=http://127.0.0.1:" + backendPort + "/metrics",
                "--probe=http://127.0.0.1:" + backendPort + "/health",
                "--mail=me@example.org",
                "--smtp=127.0.0.1:" + smtp,
                "--web.listen-address=127.0.0.1:" + port),
            Map.of());
    assertThat(ended.code()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains(
            "http_request_duration_seconds_count", "status_code=~\"5..\"", "answers as expected");
    var checked = PharosProcess.run(folder, List.of(launcher, "check"), Map.of());
    assertThat(checked.code()).as(checked.output()).isZero();
    assertThat(checked.output()).contains("0 problems").doesNotContain("findings");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file).toLowerCase(Locale.ROOT))
            .as(file.toString())
            .doesNotContain("remotegpu", "gpu", "demo");
      }
    }
  }

  /// Divides the times of the service's own files.
  private void faster() throws IOException {
    for (String file : List.of("alert-rules/shop.yml", "notifications/alertmanager.yml")) {
      Path path = folder.resolve(file);
      Matcher times = TIME.matcher(Files.readString(path));
      Files.writeString(
          path,
          times.replaceAll(
              found -> {
                int unit =
                    switch (found.group(2)) {
                      case "s" -> 1;
                      case "m" -> 60;
                      default -> 3600;
                    };
                int seconds = Integer.parseInt(found.group(1)) * unit / FASTER;
                return Math.max(1, seconds) + "s";
              }));
    }
    replace("prometheus/prometheus.yml", "scrape_interval: 10s", "scrape_interval: 2s");
    replace("prometheus/prometheus.yml", "scrape_timeout: 5s", "scrape_timeout: 2s");
    replace("probes/shop.yml", "interval: 15s", "interval: 2s");
    replace("probes/shop.yml", "timeout: 5s", "timeout: 2s");
  }

  private void replace(String file, String from, String to) throws IOException {
    Path path = folder.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to));
  }

  /// Every link of a message to this Pharos opens.
  private static void linksOpen(String text) throws Exception {
    var links = new ArrayList<String>();
    LINK.matcher(text)
        .results()
        .map(found -> found.group().replace("&#43;", "+").replace("&amp;", "&"))
        .forEach(links::add);
    assertThat(links).anyMatch(link -> link.contains("/runbooks/shop"));
    assertThat(links).anyMatch(link -> link.contains("/silences/new"));
    try (var client = HttpClient.newHttpClient()) {
      for (String link : links.stream().distinct().toList()) {
        var request = HttpRequest.newBuilder(URI.create(link)).build();
        assertThat(client.send(request, BodyHandlers.ofString()).statusCode())
            .as(link)
            .isEqualTo(200);
      }
    }
  }

  /// Sender and subject of each mail so far; the sender's name says whether it resolves.
  private static List<String> subjects(GreenMail mail) {
    var subjects = new ArrayList<String>();
    for (MimeMessage message : mail.getReceivedMessages()) {
      try {
        subjects.add(message.getFrom()[0] + ": " + message.getSubject());
      } catch (MessagingException e) {
        throw new IllegalStateException(e);
      }
    }
    return subjects;
  }

  private static List<String> texts(GreenMail mail) throws Exception {
    var texts = new ArrayList<String>();
    for (MimeMessage message : mail.getReceivedMessages()) {
      texts.add(message.getSubject() + "\n" + text(message.getContent()));
    }
    return texts;
  }

  private static String text(Object content) throws Exception {
    if (content instanceof Multipart parts) {
      var text = new StringBuilder();
      for (int i = 0; i < parts.getCount(); i++) {
        BodyPart part = parts.getBodyPart(i);
        text.append(text(part.getContent())).append('\n');
      }
      return text.toString();
    }
    return String.valueOf(content);
  }
}
