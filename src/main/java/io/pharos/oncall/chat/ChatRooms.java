package io.pharos.oncall.chat;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.access.AuditTrail;
import io.pharos.access.LinkSignatures;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.SecretMask;
import io.pharos.alerting.channel.discord.DiscordConfig;
import io.pharos.alerting.channel.slack.SlackConfig;
import io.pharos.alerting.channel.slack.SlackSocket;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.http.SecretSource;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The chats with cards of the current configuration: their cards, and the connections for their
/// clicks. Thread-safe.
public final class ChatRooms implements AutoCloseable {
  private final CardService cards;
  private final EpisodeService episodes;
  private final CardButtons buttons;
  private final AuditTrail audit;
  private final ShardOwnership ownership;
  private final InstantSource clock;
  private final Backoff backoff;
  private final LoopRegistry loops;
  private final MeterRegistry registry;
  private final Map<Object, ChatConnector> connectors = new HashMap<>();
  private volatile @Nullable AlertmanagerConfig current;

  /// @param ownership tells which groups' cards this process edits, and which connections that
  ///   allow one receiver it opens
  /// @param executor runs edits, which block
  public ChatRooms(
      CardStore store,
      EpisodeService episodes,
      LinkSignatures signatures,
      AuditTrail audit,
      ShardOwnership ownership,
      InstantSource clock,
      Executor executor,
      Backoff backoff,
      LoopRegistry loops,
      MeterRegistry registry) {
    this.episodes = episodes;
    this.buttons = new CardButtons(signatures);
    this.audit = audit;
    this.ownership = ownership;
    this.clock = clock;
    this.backoff = backoff;
    this.loops = loops;
    this.registry = registry;
    this.cards =
        new CardService(store, episodes, buttons, ownership, clock, executor, backoff, registry);
  }

  /// Returns a notifier that sends cards if the receiver's messages are cards and the channel can
  /// edit messages; otherwise the plain notifier.
  public Notifier notifier(
      AlertmanagerConfig config,
      String receiver,
      Channel.Config integration,
      ChannelTools tools,
      Notifier plain) {
    return chat(config, receiver, integration, tools)
        .<Notifier>map(
            chat -> new CardNotifier(cards, id -> room(config, id, integration, chat), plain))
        .orElse(plain);
  }

  private static Optional<CardChat> chat(
      AlertmanagerConfig config,
      String receiver,
      IntegrationConfig integration,
      ChannelTools tools) {
    return config.chat().receivers().contains(receiver)
            && integration.canEdit()
            && integration instanceof CardChat.Config cardConfig
        ? Optional.of(cardConfig.cards(tools))
        : Optional.empty();
  }

  private static CardService.Room room(
      AlertmanagerConfig config, Integration.Id id, IntegrationConfig integration, CardChat chat) {
    return new CardService.Room(id, chat, mask(integration), buttons(config, integration));
  }

  /* Clicks in Slack need an app-level token; webhooks of Discord do not receive them. */
  private static CardService.Buttons buttons(
      AlertmanagerConfig config, IntegrationConfig integration) {
    return integration instanceof DiscordConfig
            || (integration instanceof SlackConfig && config.chat().slack().isEmpty())
        ? CardService.Buttons.NONE
        : CardService.Buttons.SHOWN;
  }

  private static UnaryOperator<String> mask(IntegrationConfig integration) {
    return text -> SecretMask.of(SecretFiles.secrets(integration)).apply(text);
  }

  /// Edits the cards that are outdated. Opens and closes connections if the configuration has
  /// changed.
  ///
  /// @param tools returns the tools of a receiver's channels
  @SuppressWarnings("ReferenceEquality") // a reload creates a new object
  public void tick(AlertmanagerConfig config, Function<String, ChannelTools> tools) {
    if (config != current) {
      install(config, tools);
      current = config;
    }
    cards.tick();
  }

  /// Deletes old cards.
  public void collectGarbage() {
    cards.collectGarbage();
  }

  /// A connection for clicks.
  ///
  /// @param secrets its secrets; if one is in a file that does not exist, nothing is received
  private record Source(String name, ClickSource source, List<SecretSource> secrets) {
    boolean isConfigured() {
      return secrets.stream()
          .noneMatch(it -> it instanceof SecretSource.FromFile(Path file) && Files.notExists(file));
    }

    String masked(String text) {
      return SecretMask.of(secrets).apply(text);
    }
  }

  private synchronized void install(
      AlertmanagerConfig config, Function<String, ChannelTools> tools) {
    var rooms = new ArrayList<CardService.Room>();
    var wanted = new LinkedHashMap<Object, Source>();
    for (ReceiverConfig receiver : config.receivers()) {
      var counts = new HashMap<String, Integer>();
      for (IntegrationConfig integration : receiver.integrations()) {
        int index = counts.merge(integration.type(), 1, Integer::sum) - 1;
        var id = new Integration.Id(receiver.name(), integration.type(), index);
        chat(config, receiver.name(), integration, tools.apply(receiver.name()))
            .ifPresent(
                chat -> {
                  rooms.add(room(config, id, integration, chat));
                  ((CardChat.Config) integration)
                      .clicks(tools.apply(receiver.name()))
                      .ifPresent(
                          it ->
                              wanted.putIfAbsent(
                                  it.identity(),
                                  new Source(id.toString(), it, SecretFiles.secrets(integration))));
                });
      }
    }
    config
        .chat()
        .slack()
        .ifPresent(
            app -> {
              ChannelTools any = tools.apply("");
              var socket =
                  new SlackSocket(app, any.posters().apply(config.global().http()), any.clock());
              wanted.put(socket.identity(), new Source("slack", socket, List.of(app.token())));
            });
    cards.install(rooms);
    connectors
        .entrySet()
        .removeIf(
            entry -> {
              boolean isObsolete = !wanted.containsKey(entry.getKey());
              if (isObsolete) {
                entry.getValue().close();
              }
              return isObsolete;
            });
    wanted.forEach((identity, source) -> connectors.computeIfAbsent(identity, _ -> open(source)));
  }

  private ChatConnector open(Source source) {
    int shard = ShardOwnership.shard(source.name());
    return new ChatConnector(
        source.name(),
        source.source(),
        source::masked,
        () ->
            source.isConfigured() && (!source.source().isExclusive() || ownership.isCertain(shard)),
        new ClickDesk(cards, buttons, episodes, audit, this::person, clock)::clicked,
        clock,
        backoff,
        loops,
        registry);
  }

  private String person(String service, String id) {
    AlertmanagerConfig config = current;
    return config == null ? "" : config.chat().person(service, id);
  }

  /// Returns the connections that have been failing for a while.
  public synchronized List<Trouble> troubles() {
    return connectors.values().stream().flatMap(it -> it.trouble().stream()).toList();
  }

  /// Closes the connections.
  @Override
  public synchronized void close() {
    connectors.values().forEach(ChatConnector::close);
    connectors.clear();
  }
}
