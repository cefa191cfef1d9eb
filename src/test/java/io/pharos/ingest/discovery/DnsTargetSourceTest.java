package io.pharos.ingest.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.PolledSdConfig.RecordType;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/// With a name server that the test controls.
class DnsTargetSourceTest {
  private final Map<String, List<String>> zone = new HashMap<>();
  private final AtomicInteger lookups = new AtomicInteger();
  private int failure = Rcode.NOERROR;
  private DatagramSocket socket;

  @BeforeEach
  void start() throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual()
        .start(
            () -> {
              var packet = new DatagramPacket(new byte[4096], 4096);
              while (true) {
                try {
                  socket.receive(packet);
                  byte[] answer = answer(new Message(packet.getData()));
                  socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                  packet.setLength(4096);
                } catch (IOException _) {
                  return; // the test is over
                }
              }
            });
  }

  @AfterEach
  void stop() {
    socket.close();
  }

  private byte[] answer(Message question) throws IOException {
    Record asked = question.getQuestion();
    question.getHeader().setFlag(Flags.QR);
    List<String> records =
        zone.get(asked.getName().toString(true) + " " + Type.string(asked.getType()));
    int code = records == null ? Rcode.NXDOMAIN : Rcode.NOERROR;
    question.getHeader().setRcode(failure == Rcode.NOERROR ? code : failure);
    for (String record : records == null ? List.<String>of() : records) {
      String[] parts = record.split(" ", 2);
      int type = Type.value(parts[0]);
      question.addRecord(
          Record.fromString(asked.getName(), type, asked.getDClass(), 60, parts[1], Name.root),
          Section.ANSWER);
    }
    return question.toWire();
  }

  private List<String> ask(RecordType type, int port, String name) throws Exception {
    var config = new PolledSdConfig.OverDns(List.of(name), type, port, Duration.ofSeconds(30));
    var source = new TargetDiscovery.OverDns(config, this::resolver, lookups::incrementAndGet);
    var found = new ArrayList<String>();
    source.query().forEach(group -> found.add(group.targets() + " " + group.labels()));
    return found;
  }

  private Resolver resolver() {
    var resolver = new SimpleResolver((InetSocketAddress) socket.getLocalSocketAddress());
    resolver.setTimeout(Duration.ofSeconds(5));
    return resolver;
  }

  @Test
  void query_records_areTargetsWithPrometheusLabels() throws Exception {
    zone.put(
        "_m._tcp.example.org SRV", List.of("SRV 1 1 9100 n1.example.org.", "SRV 1 1 9200 n2."));
    zone.put("a.example.org A", List.of("A 192.0.2.7", "A 192.0.2.8"));
    zone.put("a.example.org AAAA", List.of("AAAA 2001:db8:0:0:0:0:0:1"));
    zone.put("example.org MX", List.of("MX 10 mail.example.org."));
    zone.put("example.org NS", List.of("NS ns.example.org."));

    assertThat(ask(RecordType.SRV, 0, "_m._tcp.example.org."))
        .containsExactlyInAnyOrder(
            "[n1.example.org:9100] {__meta_dns_name=\"_m._tcp.example.org.\","
                + " __meta_dns_srv_record_port=\"9100\","
                + " __meta_dns_srv_record_target=\"n1.example.org.\"}",
            "[n2:9200] {__meta_dns_name=\"_m._tcp.example.org.\","
                + " __meta_dns_srv_record_port=\"9200\", __meta_dns_srv_record_target=\"n2.\"}");
    assertThat(ask(RecordType.A, 80, "a.example.org."))
        .containsExactlyInAnyOrder(
            "[192.0.2.7:80] {__meta_dns_name=\"a.example.org.\"}",
            "[192.0.2.8:80] {__meta_dns_name=\"a.example.org.\"}");
    assertThat(ask(RecordType.AAAA, 80, "a.example.org."))
        .containsExactly("[[2001:db8:0:0:0:0:0:1]:80] {__meta_dns_name=\"a.example.org.\"}");
    assertThat(ask(RecordType.MX, 25, "example.org."))
        .containsExactly(
            "[mail.example.org:25] {__meta_dns_mx_record_target=\"mail.example.org.\","
                + " __meta_dns_name=\"example.org.\"}");
    assertThat(ask(RecordType.NS, 53, "example.org."))
        .containsExactly(
            "[ns.example.org:53] {__meta_dns_name=\"example.org.\","
                + " __meta_dns_ns_record_target=\"ns.example.org.\"}");
    assertThat(lookups).hasValue(5);
  }

  @Test
  void query_recordsThatChange_areReturnedAtOnce() throws Exception {
    zone.put("a.example.org A", List.of("A 192.0.2.7"));
    ask(RecordType.A, 80, "a.example.org.");
    zone.put("a.example.org A", List.of("A 192.0.2.9"));
    assertThat(ask(RecordType.A, 80, "a.example.org."))
        .singleElement()
        .asString()
        .startsWith("[192.0.2.9:80]");
  }

  @Test
  void query_unknownName_hasNoTargets() throws Exception {
    assertThat(ask(RecordType.A, 80, "none.example.org.")).isEmpty();
  }

  @Test
  void query_failingServer_isAnError() {
    failure = Rcode.SERVFAIL;
    assertThatThrownBy(() -> ask(RecordType.A, 80, "a.example.org."))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("could not resolve");
  }
}
