package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextTest {
  @TempDir Path directory;

  private TlsOptions read(String text) {
    return new HttpReader(directory, Set.of())
        .readTls(YamlFile.parse("t.yml", "tls_config: " + text), "tls_config");
  }

  @Test
  void read_options_resolvesPathsAndVersions() {
    TlsOptions options = read("{ca_file: ca.pem, cert_file: '', min_version: TLS12}");

    assertThat(options.files()).containsExactly(directory.resolve("ca.pem"));
    assertThat(options.protocols()).containsExactly("TLSv1.2", "TLSv1.3");
    assertThat(read("{max_version: TLS12}").protocols()).containsExactly("TLSv1.2");
    assertThat(TlsContext.parameters(TlsOptions.DEFAULT).getProtocols()).hasSize(2);
  }

  @Test
  void read_wrongOptions_areRefused() {
    assertThatThrownBy(() -> read("{min_version: TLS13, max_version: TLS12}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("min_version TLS13 is above max_version TLS12");
    assertThatThrownBy(() -> read("{ca: '-----BEGIN'}"))
        .hasMessageContaining("ca is not supported: put it into a file");
    assertThatThrownBy(() -> read("{verify: true}")).hasMessageContaining("unknown key \"verify\"");
  }

  @Test
  void namedServerTrust_names_areComparedAsCertificatesHaveThem() throws Exception {
    SelfSigned self =
        SelfSigned.create(directory, "dns:a.example,dns:*.b.example,ip:10.0.0.1,uri:http://c", 5);
    X509Certificate[] chain =
        Pem.certificates("ca", SecretSource.fromFile(self.certificate()))
            .toArray(X509Certificate[]::new);
    X509ExtendedTrustManager trust =
        TlsContext.trust(
            new TlsOptions(
                SecretSource.fromFile(self.certificate()),
                SecretSource.unset(),
                SecretSource.unset(),
                "",
                false,
                null,
                null));

    for (String good : List.of("A.example", "x.b.example", "10.0.0.1")) {
      new ServerTrust.Named(trust, good).checkServerTrusted(chain, "RSA");
    }
    for (String bad : List.of("b.example", "x.y.b.example", "10.0.0.2", "http://c")) {
      assertThatThrownBy(() -> new ServerTrust.Named(trust, bad).checkServerTrusted(chain, "RSA"))
          .isInstanceOf(CertificateException.class)
          .hasMessageContaining("not valid for " + bad);
    }
    var named = new ServerTrust.Named(trust, "a.example");
    assertThat(named.getAcceptedIssuers()).hasSize(1);
    assertThatThrownBy(() -> named.checkClientTrusted(chain, "RSA"))
        .hasMessageContaining("this trust manager verifies only servers");
  }

  @Test
  void create_missingFile_namesIt() {
    assertThatThrownBy(() -> TlsContext.create(read("{ca_file: none.pem}")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.pem: can't be read");
  }
}
