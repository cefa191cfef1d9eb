package io.pharos.alerting;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Sending;
import io.pharos.alerting.channel.webpush.WebPushConfig;
import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.NotificationSamples;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.alertmanager.StandIns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The list of channels is complete, and each channel is read, printed, limited, sent and
/// documented. The required keys of a channel come from its row in docs/notifications.md.
class ChannelsTest {
  private static final Path DOCUMENT = Path.of("docs", "notifications.md");
  private static final Path FOLDER = Path.of("/");
  private static final String BELOW = "io.pharos.alerting.channel.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.pharos.alerting.channel");

  /// A row of the document: `| slack | alertmanager.yml | {api_url: …} | 20 a minute |`.
  private record Row(String file, String keys, String limit) {}

  private static Map<String, Row> rows() throws Exception {
    var row = Pattern.compile("\\| `(\\w+)_configs` \\| `([a-z.]+)` \\| `(\\{.+})` \\| (.+) \\|");
    var rows = new TreeMap<String, Row>();
    for (String line : Files.readAllLines(DOCUMENT)) {
      var cells = row.matcher(line);
      if (cells.matches()) {
        rows.put(cells.group(1), new Row(cells.group(2), cells.group(3), cells.group(4)));
      }
    }
    return rows;
  }

  private static Row row(Channel channel) throws Exception {
    assertThat(rows()).as("rows of %s", DOCUMENT).containsKey(channel.type());
    return rows().get(channel.type());
  }

  static Stream<Named<Channel>> channels() {
    return Channels.ALL.stream().map(channel -> Named.of(channel.type(), channel));
  }

  /// The channels whose messages are not encrypted.
  static Stream<Named<Channel>> readableChannels() {
    return channels().filter(channel -> channel.getPayload() != WebPushConfig.CHANNEL);
  }

  @Test
  void list_hasEveryChannel() throws Exception {
    var there =
        CLASSES.stream()
            .filter(type -> type.isAssignableTo(Channel.Config.class) && !type.isInterface())
            .map(JavaClass::getName)
            .collect(toCollection(TreeSet::new));
    var listed = new ArrayList<String>();
    for (Channel channel : Channels.ALL) {
      listed.add(only(config(channel)).getClass().getName());
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(there);
    assertThat(Channels.types()).doesNotHaveDuplicates();
  }

  @Test
  void packages_belowChannel_areChannels() throws Exception {
    var packages =
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> name.startsWith(BELOW))
            .collect(toCollection(TreeSet::new));
    var listed = new TreeSet<String>();
    for (Channel channel : Channels.ALL) {
      listed.add(only(config(channel)).getClass().getPackageName());
    }
    assertThat(listed).containsExactlyInAnyOrderElementsOf(packages);
  }

  @Test
  void document_hasARowForEveryChannelAndNoOther() throws Exception {
    assertThat(rows().keySet()).containsExactlyInAnyOrderElementsOf(Channels.types());
  }

  /// Creates a configuration with one integration that has only the required keys.
  private static AlertmanagerConfig config(Channel channel) throws Exception {
    String list = channel.type() + "_configs: [" + row(channel).keys() + "]";
    String receiver = "receivers: [{name: r, " + list + "}]\n";
    return channel.isPharosOnly()
        ? Channels.parse("a.yml", "{route: {receiver: r}, receivers: [{name: r}]}", FOLDER)
            .withPharosFile("pharos.yml", receiver, FOLDER)
        : Channels.parse("a.yml", "route: {receiver: r}\n" + receiver, FOLDER)
            .withPharosFile("pharos.yml", "", FOLDER);
  }

  private static IntegrationConfig only(AlertmanagerConfig config) {
    List<IntegrationConfig> all = config.receivers().getFirst().integrations();
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  @ParameterizedTest
  @MethodSource("channels")
  void channel_isReadFromTheDocumentedFile(Channel channel) throws Exception {
    IntegrationConfig integration = only(config(channel));
    assertThat(integration.kind()).isSameAs(channel);
    assertThat(row(channel).file())
        .isEqualTo(channel.isPharosOnly() ? "pharos.yml" : "alertmanager.yml");
    // Secrets and stand-ins are found by record components.
    assertThat(integration).isInstanceOf(Record.class);
    assertThat(StandIns.of(integration).type()).isEqualTo(channel.type());
    if (channel != WebPushConfig.CHANNEL) { // its secrets are of browsers, in the store
      assertThat(SecretFiles.secrets(integration)).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("channels")
  void channel_isPrintedAsAlertmanagerReadsIt(Channel channel) throws Exception {
    String printed = config(channel).toYaml();
    if (channel.isPharosOnly()) {
      assertThat(printed).doesNotContain(channel.type());
    } else {
      IntegrationConfig again = only(Channels.parse("printed.yml", printed, FOLDER));
      assertThat(again.templates()).isEqualTo(only(config(channel)).templates());
      assertThat(Channels.parse("printed.yml", printed, FOLDER).toYaml()).isEqualTo(printed);
      for (String key :
          Pattern.compile("\\w+(?=: )")
              .matcher(row(channel).keys())
              .results()
              .map(found -> found.group())
              .toList()) {
        assertThat(printed).contains(key + ":");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("channels")
  void channel_isLimitedAsTheDocumentSays(Channel channel) throws Exception {
    String limit =
        channel
            .limit()
            .map(it -> it.messages() + " in " + it.per().toMinutes() + " min")
            .orElse("–");
    assertThat(row(channel).limit()).isEqualTo(limit);
  }

  @ParameterizedTest
  @MethodSource("readableChannels")
  void channel_sendsAMessageThatNamesTheAlert(Channel channel) throws Exception {
    var sent = new ArrayList<String>();
    HttpPoster.Capture capture = call -> sent.add(call.body());
    var tools =
        new ChannelTools(
            options -> HttpPoster.capturing(options, capture, Sending.CLOCK),
            (mail, _) -> {
              sent.add(mail.html());
              return new NotifyResult.Sent("");
            },
            MessageTemplates.standard(),
            MessageComposer.english(),
            Sending.CLOCK,
            DeviceSource.NONE);
    var shown = (Channel.Config) StandIns.of(only(config(channel)));
    assertThat(shown.notifier(tools).notify(NotificationSamples.firing(), Sending.DEADLINE))
        .isInstanceOf(NotifyResult.Sent.class);
    assertThat(sent).anyMatch(body -> body.contains("High"));
    if (!List.of("webhook", "email").contains(channel.type())) { // a program; shown as it is
      assertThat(sent)
          .anyMatch(
              body -> Channels.preview(channel.type(), body).parts().toString().contains("High"));
    }
  }
}
