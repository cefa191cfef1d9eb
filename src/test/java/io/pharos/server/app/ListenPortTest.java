package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.command.Flags.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class ListenPortTest {
  @Test
  void usedPort_isTroubleAndTheNextFreeOneIsFound() throws IOException {
    try (var used = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var address = new Address("127.0.0.1", used.getLocalPort());
      assertThat(ListenPort.trouble(address)).contains("it is in use by another program");
      assertThat(ListenPort.next(address))
          .hasValueSatisfying(
              next -> assertThat(next.port()).isBetween(address.port() + 1, address.port() + 20));
    }
  }

  @Test
  void freePort_isNoTroubleAndStaysFree() {
    var address = new Address("[::1]", 0);
    assertThat(ListenPort.trouble(address)).isEmpty();
    assertThat(ListenPort.trouble(address)).isEmpty();
  }

  @Test
  void foreignAddress_isTroubleInWords() {
    assertThat(ListenPort.trouble(new Address("192.0.2.1", 0)))
        .contains("Cannot assign requested address");
    assertThat(ListenPort.trouble(new Address("nowhere.invalid", 0))).contains("unknown host");
  }
}
