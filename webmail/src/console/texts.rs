//! What the console says: short texts. Sentences with figures are in `texts_long`, findings in `texts_found`.

texts! {
    console_menu: "Console", "Console", "Konsole";
    console_home: "State", "État", "Zustand";
    console_start: "Take over", "Basculer", "Umschalten";
    console_run: "Run", "Déroulement", "Ablauf";
    console_runs: "All runs", "Tous les déroulements", "Alle Abläufe";
    console_people: "People", "Personnes", "Personen";
    console_counter: "Counter", "Guichet", "Schalter";
    console_sync: "Copying", "Copie", "Abgleich";
    console_queue: "Queue", "File d’envoi", "Warteschlange";
    console_audit: "Audit log", "Journal d’audit", "Prüfprotokoll";
    console_drill: "Drill", "Exercice", "Übung";
    console_see_run: "See the run", "Voir le déroulement", "Zum Ablauf";
    console_state_label: "State", "État", "Zustand";
    console_mailbox: "Mailbox", "Boîte", "Postfach";
    console_last_seen: "Last copied", "Dernière copie", "Zuletzt abgeglichen";
    console_never: "not since the last start", "pas depuis le dernier démarrage", "nicht seit dem letzten Start";
    console_when: "When", "Quand", "Wann";
    console_who: "Who", "Qui", "Wer";
    console_act: "Act", "Agir", "Handeln";
    colon: ":", "\u{a0}:", ":";
    home_take_over: "Take over…", "Basculer…", "Umschalten…";
    home_readiness: "Could we take over now?", "Pourrions-nous basculer maintenant\u{202f}?", "Könnten wir jetzt umschalten?";
    home_not_looked: "Nobody has looked yet since the start. Look now, or wait a moment.",
        "Rien n’a encore été vérifié depuis le démarrage. Vérifiez maintenant, ou patientez un instant.",
        "Seit dem Start wurde noch nichts geprüft. Prüfen Sie jetzt, oder warten Sie einen Augenblick.";
    home_nothing_found: "Nothing stands in the way.", "Rien ne s’y oppose.", "Nichts steht im Weg.";
    home_looked_at: "Looked at", "Vérifié le", "Geprüft am";
    home_look_now: "Look at everything now", "Tout vérifier maintenant", "Jetzt alles prüfen";
    home_behind: "Mailboxes furthest behind", "Boîtes les plus en retard", "Postfächer mit dem größten Rückstand";
    refused_intro: "This was not done. The service says why:", "Cela n’a pas été fait. Le service dit pourquoi\u{a0}:",
        "Das wurde nicht getan. Der Dienst sagt, warum:";
    queue_empty: "Nothing waits to go out.", "Aucun message n’attend d’être envoyé.", "Nichts wartet auf den Versand.";
    queue_recipient: "Recipient", "Destinataire", "Empfänger";
    queue_since: "Waits since", "En attente depuis", "Wartet seit";
    queue_next: "Next try", "Prochain essai", "Nächster Versuch";
    queue_said: "Last answer", "Dernière réponse", "Letzte Antwort";
    queue_held: "held", "retenu", "angehalten";
    queue_retry: "Try now", "Essayer maintenant", "Jetzt versuchen";
    queue_retry_all: "Try all now", "Tout essayer maintenant", "Alle jetzt versuchen";
    queue_hold: "Hold", "Retenir", "Anhalten";
    keys_title: "Unlock key", "Clé d’ouverture", "Öffnungsschlüssel";
    keys_file_here: "The unlock key is in its file. Mailboxes open by themselves once a failover is under way.",
        "La clé d’ouverture est dans son fichier. Les boîtes s’ouvrent d’elles-mêmes dès qu’un basculement est en cours.",
        "Der Öffnungsschlüssel liegt in seiner Datei. Die Postfächer öffnen sich von selbst, sobald ein Failover läuft.";
    keys_file_missing: "The unlock key is not in its file, as it should be in peacetime. Bring it there during a failover (seal.unlock_key_file): mail is accepted meanwhile.",
        "La clé d’ouverture n’est pas dans son fichier, ce qui est normal en temps ordinaire. Apportez-la lors d’un basculement (seal.unlock_key_file)\u{a0}: le courrier est accepté entre-temps.",
        "Der Öffnungsschlüssel liegt nicht in seiner Datei, so soll es in ruhigen Zeiten sein. Bringen Sie ihn bei einem Failover dorthin (seal.unlock_key_file); Post wird inzwischen angenommen.";
    keys_whole: "Enough shares are here: the key is whole, and mailboxes are being opened.",
        "Les parts réunies suffisent\u{a0}: la clé est complète et les boîtes s’ouvrent.",
        "Genug Anteile sind hier: Der Schlüssel ist vollständig, die Postfächer werden geöffnet.";
    keys_how: "Each admin decrypts their own share on their own computer, and gives it here under their own name:",
        "Chaque administrateur déchiffre sa propre part sur son propre ordinateur et la donne ici sous son nom\u{a0}:",
        "Jede Administratorin entschlüsselt ihren eigenen Anteil auf ihrem eigenen Rechner und gibt ihn hier unter ihrem Namen ab:";
    keys_share: "Share", "Part", "Anteil";
    keys_share_hint: "The whole line, from relais-share-1 on. It stays in memory for half an hour at most and is written nowhere.",
        "La ligne entière, à partir de relais-share-1. Elle reste en mémoire une demi-heure au plus et n’est écrite nulle part.",
        "Die ganze Zeile, ab relais-share-1. Sie bleibt höchstens eine halbe Stunde im Speicher und wird nirgends aufgeschrieben.";
    keys_give: "Give this share", "Donner cette part", "Diesen Anteil abgeben";
    keys_forget: "Forget the shares that are here", "Oublier les parts réunies", "Abgegebene Anteile vergessen";
    sync_none: "No mailbox is copied yet.", "Aucune boîte n’est encore copiée.", "Noch wird kein Postfach abgeglichen.";
    sync_frozen: "Copying is frozen by hand. “Look now” ends it.", "La copie est gelée à la main. «\u{a0}Regarder maintenant\u{a0}» la relance.",
        "Der Abgleich ist von Hand angehalten. „Jetzt nachsehen“ setzt ihn fort.";
    sync_frozen_by_run: "Copying is frozen by the failover. It goes on when the failback has ended.",
        "La copie est gelée par le basculement. Elle reprendra à la fin du retour à la normale.",
        "Der Abgleich ist durch das Failover angehalten. Er geht weiter, wenn die Rückkehr zum Normalbetrieb beendet ist.";
    sync_directory: "Directory last copied", "Dernière copie de l’annuaire", "Verzeichnis zuletzt abgeglichen";
    sync_round: "All mailboxes last copied", "Dernière copie de toutes les boîtes", "Alle Postfächer zuletzt abgeglichen";
    sync_now: "Look now", "Regarder maintenant", "Jetzt nachsehen";
    sync_freeze: "Freeze copying", "Geler la copie", "Abgleich anhalten";
    sync_hinders: "What hinders it", "Ce qui l’empêche", "Was ihn hindert";
    drill_honest: "This release cannot rehearse a failover yet: there is no drill domain and no dated drill report.",
        "Cette version ne sait pas encore répéter un basculement\u{a0}: il n’y a ni domaine d’exercice ni compte rendu daté.",
        "Diese Version kann ein Failover noch nicht üben: Es gibt weder eine Übungsdomain noch einen datierten Bericht.";
    drill_can: "What it can do: look at everything that a failover depends on, change nothing, and keep the outcome with its date.",
        "Ce qu’elle sait faire\u{a0}: vérifier tout ce dont dépend un basculement, sans rien modifier, et conserver le résultat avec sa date.",
        "Was sie kann: alles prüfen, wovon ein Failover abhängt, nichts ändern und das Ergebnis mit Datum festhalten.";
    drill_look: "Look at everything and record it", "Tout vérifier et l’enregistrer", "Alles prüfen und festhalten";
    drill_looks: "Recorded checks", "Vérifications enregistrées", "Festgehaltene Prüfungen";
    drill_none: "None yet.", "Aucune pour l’instant.", "Noch keine.";
    drill_outcome: "Outcome", "Résultat", "Ergebnis";
    drill_found: "Found", "Constaté", "Gefunden";
    entry_drill: "Look at everything without touching anybody’s mail, and keep the result.",
        "Tout vérifier sans toucher au courrier de personne, et conserver le résultat.",
        "Alles prüfen, ohne jemandes Post anzurühren, und das Ergebnis festhalten.";
    entry_planned: "The primary works and is trusted: a last look is taken at it, then mail moves here. No message is set aside.",
        "Le système principal fonctionne et reste fiable\u{a0}: il est relu une dernière fois, puis le courrier arrive ici. Aucun message n’est mis de côté.",
        "Das Primärsystem läuft und ist vertrauenswürdig: Es wird ein letztes Mal gelesen, dann kommt die Post hierher. Keine Nachricht wird zurückgestellt.";
    entry_emergency: "The primary is lost or taken: nothing it showed after the clean point is trusted, and mail moves here at once.",
        "Le système principal est perdu ou compromis\u{a0}: rien de ce qu’il a montré après le point sain n’est cru, et le courrier arrive ici aussitôt.",
        "Das Primärsystem ist verloren oder übernommen: Nichts, was es nach dem sauberen Zeitpunkt zeigte, wird geglaubt, und die Post kommt sofort hierher.";
    start_planned: "Planned failover", "Basculement planifié", "Geplantes Failover";
    start_emergency: "Emergency failover", "Basculement d’urgence", "Notfall-Failover";
    start_under_way: "A run is under way.", "Un déroulement est en cours.", "Ein Ablauf ist im Gange.";
    start_reason: "Reason", "Motif", "Grund";
    start_reason_hint: "A sentence for the journal: what happened, who decided.", "Une phrase pour la main courante\u{a0}: ce qui s’est passé, qui a décidé.",
        "Ein Satz für das Einsatztagebuch: was geschah, wer entschieden hat.";
    start_reason_missing: "Say in a sentence why.", "Dites pourquoi en une phrase.", "Sagen Sie in einem Satz, warum.";
    start_next_findings: "Go on: what stands in the way", "Continuer\u{a0}: vérification des prérequis", "Weiter: Voraussetzungen prüfen";
    start_next_confirm: "Go on: confirm", "Continuer\u{a0}: confirmer", "Weiter: bestätigen";
    start_in_the_way: "What stands in the way", "Vérification des prérequis", "Voraussetzungsprüfung";
    start_despite: "Something stands in the way. Why go on all the same? It is kept in the audit log.",
        "Quelque chose s’y oppose. Pourquoi continuer quand même\u{202f}? Votre réponse est conservée au journal d’audit.",
        "Etwas steht im Weg. Warum trotzdem weiter? Die Antwort kommt ins Prüfprotokoll.";
    start_override_missing: "Write down why you go on although something stands in the way.",
        "Écrivez pourquoi vous continuez malgré ce qui s’y oppose.", "Schreiben Sie auf, warum Sie trotz des Hindernisses weitermachen.";
    start_name_wrong: "This is not the organisation’s name. Nothing was done.", "Ce n’est pas le nom de l’organisation. Rien n’a été fait.",
        "Das ist nicht der Name der Organisation. Es ist nichts geschehen.";
    records_title: "Records that change (DNS)", "Enregistrements DNS modifiés", "Geänderte DNS-Einträge";
    records_intro: "Lines with − go, lines with + come. The way back is kept.", "Les lignes − disparaissent, les lignes + apparaissent. Le chemin du retour est conservé.",
        "Zeilen mit − verschwinden, Zeilen mit + kommen hinzu. Der Rückweg wird aufbewahrt.";
    records_hindered: "The records cannot be planned. Mail would be accepted here, but the MX has to be changed by hand.",
        "Les enregistrements ne peuvent pas être préparés. Le courrier serait accepté ici, mais le MX devra être modifié à la main.",
        "Die Einträge lassen sich nicht planen. Post würde hier angenommen, aber der MX muss von Hand geändert werden.";
    clean_title: "Clean point", "Point sain", "Sauberer Zeitpunkt";
    clean_hint: "Just before what? Nothing the primary showed after this moment is trusted; what was deleted after it is back. If the attack may have begun before a moment on offer, take an earlier one. It can be changed later.",
        "Juste avant quoi\u{202f}? Rien de ce que le système principal a montré après ce moment n’est cru\u{a0}; ce qui a été supprimé ensuite est de retour. Si l’attaque a pu commencer avant un moment proposé, prenez-en un plus ancien. Modifiable plus tard.",
        "Kurz bevor was geschah? Nichts, was das Primärsystem danach zeigte, wird geglaubt; was danach gelöscht wurde, ist wieder da. Wenn der Angriff vor einem angebotenen Zeitpunkt begonnen haben kann, wählen Sie einen früheren. Später änderbar.";
    clean_offer_round: "Just before the last complete look at all mailboxes", "Juste avant la dernière copie complète des boîtes", "Kurz vor dem letzten vollständigen Abgleich der Postfächer";
    clean_offer_directory: "Just before the last look at the directory", "Juste avant la dernière copie de l’annuaire", "Kurz vor dem letzten Abgleich des Verzeichnisses";
    clean_offer_hour: "An hour ago", "Il y a une heure", "Vor einer Stunde";
    clean_offer_day: "A day ago", "Il y a un jour", "Vor einem Tag";
    clean_offer_week: "A week ago", "Il y a une semaine", "Vor einer Woche";
    clean_time: "At this time", "À cette heure", "Zu dieser Zeit";
    clean_unknown: "Not known yet", "Pas encore connu", "Noch nicht bekannt";
    clean_unknown_hint: "Mail moves here at once; what the primary showed stays in the marked folder until somebody says when.",
        "Le courrier arrive ici aussitôt\u{a0}; ce que le système principal a montré reste dans le dossier à vérifier jusqu’à ce que quelqu’un fixe ce moment.",
        "Die Post kommt sofort hierher; was das Primärsystem zeigte, bleibt im Ordner „Zu prüfen“, bis jemand den Zeitpunkt nennt.";
    clean_everything: "Everything is trusted: the primary merely failed", "Tout est fiable\u{a0}: simple panne", "Alles ist vertrauenswürdig: nur ein Ausfall";
    clean_event: "Just before what? (if it has a name)", "Juste avant quoi\u{202f}? (si l’événement a un nom)", "Kurz bevor was geschah? (falls es einen Namen hat)";
    clean_event_hint: "Such as: before the attachment was opened at the front desk. It goes into the audit log.",
        "Par exemple\u{a0}: avant l’ouverture de la pièce jointe à l’accueil. Conservé au journal d’audit.",
        "Zum Beispiel: bevor der Anhang am Empfang geöffnet wurde. Kommt ins Prüfprotokoll.";
    clean_choose: "Choose a clean point.", "Choisissez un point sain.", "Wählen Sie einen sauberen Zeitpunkt.";
    clean_no_time: "Give day and time.", "Indiquez le jour et l’heure.", "Geben Sie Tag und Uhrzeit an.";
    clean_future: "The clean point lies in the future.", "Le point sain est dans le futur.", "Der saubere Zeitpunkt liegt in der Zukunft.";
    clean_now_is: "It is now:", "Actuellement\u{a0}:", "Derzeit:";
    clean_change: "Change the clean point", "Changer le point sain", "Sauberen Zeitpunkt ändern";
    clean_change_means: "Mailboxes are laid out anew: mail programs fetch their folders again. What staff received, sent and moved here stays.",
        "Les boîtes sont recomposées\u{a0}: les logiciels de messagerie rechargent leurs dossiers. Ce que le personnel a reçu, envoyé et déplacé ici reste.",
        "Die Postfächer werden neu ausgelegt: Mailprogramme laden ihre Ordner neu. Was hier empfangen, gesendet und verschoben wurde, bleibt.";
    confirm_what: "What this does", "Ce que cela fait", "Was das bewirkt";
    confirm_freeze: "Copying from the primary stops, and sessions that came through it end.",
        "La copie depuis le système principal s’arrête, et les sessions ouvertes par lui se terminent.",
        "Der Abgleich mit dem Primärsystem endet, und Sitzungen, die darüber kamen, werden beendet.";
    confirm_mail: "The organisation’s mail is accepted here, and the records are changed.",
        "Le courrier de l’organisation est accepté ici, et les enregistrements DNS changent.",
        "Die Post der Organisation wird hier angenommen, und die DNS-Einträge werden geändert.";
    confirm_undo: "Until the first message arrives this can be walked back. After it, going back is a failback.",
        "Jusqu’au premier message reçu, on peut revenir en arrière. Ensuite, il faut un retour à la normale.",
        "Bis zur ersten Nachricht lässt sich das zurücknehmen. Danach hilft nur die Rückkehr zum Normalbetrieb.";
    confirm_second: "Two people have to sign. Nothing moves before a second admin has signed.",
        "Deux personnes doivent signer. Rien ne bouge avant la signature d’un second administrateur.",
        "Zwei Personen müssen zeichnen. Nichts geschieht, bevor ein zweiter Admin gezeichnet hat.";
    run_none: "No run is under way.", "Aucun déroulement en cours.", "Kein Ablauf ist im Gange.";
    run_ended: "ended", "terminé", "beendet";
    run_steps: "Steps", "Étapes", "Schritte";
    run_details: "Details", "Détails", "Einzelheiten";
    run_found: "To be seen to", "À régler", "Zu erledigen";
    run_signed: "Signed by", "Signé par", "Gezeichnet von";
    run_waits_for_signature: "It waits for a signature.", "En attente d’une signature.", "Eine Unterschrift fehlt noch.";
    run_you_signed: "You have signed. Somebody else has to.", "Vous avez signé. Une autre personne doit signer.", "Sie haben gezeichnet. Eine andere Person muss zeichnen.";
    run_withdraw: "Withdraw this failback", "Retirer ce retour à la normale", "Diese Rückkehr zurückziehen";
    run_accepted: "Messages accepted here", "Messages acceptés ici", "Hier angenommene Nachrichten";
    run_open_checklist: "Checklist", "Liste de contrôle", "Checkliste";
    run_by_hand: "Done by hand…", "Fait à la main…", "Von Hand erledigt…";
    run_reconciliation: "Reconciliation", "Rapprochement", "Abstimmung";
    run_again: "Push and count again", "Renvoyer et recompter", "Noch einmal übertragen und zählen";
    runs_none: "There was no run yet.", "Il n’y a encore eu aucun déroulement.", "Es gab noch keinen Ablauf.";
    runs_what: "What", "Quoi", "Was";
    runs_end: "Ended", "Terminé", "Beendet";
    runs_goes_on: "goes on", "en cours", "läuft";
    step_waiting: "Not yet", "Pas encore", "Noch nicht";
    step_person: "Waits for you", "Vous attend", "Wartet auf Sie";
    fence_title: "Fence the primary", "Isoler le système principal", "Primärsystem abschotten";
    fence_intro: "Nobody may send or receive as the organisation there any more. Tick what you have seen done.",
        "Plus personne ne doit y envoyer ni recevoir au nom de l’organisation. Cochez ce que vous avez vu fait.",
        "Niemand darf dort noch im Namen der Organisation senden oder empfangen. Kreuzen Sie an, was Sie selbst gesehen haben.";
    tell_title: "Tell staff", "Prévenir le personnel", "Personal benachrichtigen";
    tell_intro: "By ways that are not their mailbox: text message, private address, posters, loudspeaker.",
        "Par d’autres voies que leur boîte\u{a0}: SMS, adresse personnelle, affiches, annonce.",
        "Auf anderen Wegen als dem Postfach: SMS, private Adresse, Aushang, Durchsage.";
    tell_notices: "Ready-made notice", "Texte prêt à l’emploi", "Fertiger Text";
    by_hand_title: "Records changed by hand", "Enregistrements modifiés à la main", "Einträge von Hand geändert";
    by_hand_intro: "Only where Relais cannot write the records itself.", "Seulement si Relais ne peut pas écrire les enregistrements lui-même.",
        "Nur wo Relais die Einträge nicht selbst schreiben kann.";
    checklist_legend: "Done and seen", "Fait et vérifié", "Erledigt und gesehen";
    checklist_missing: "Tick every point, or come back when it is done.", "Cochez chaque point, ou revenez quand c’est fait.",
        "Kreuzen Sie jeden Punkt an, oder kommen Sie wieder, wenn es erledigt ist.";
    checklist_done: "All of this is done", "Tout cela est fait", "Das alles ist erledigt";
    abort_title: "Walk back", "Revenir en arrière", "Zurücknehmen";
    abort_means: "Reception here stops, the records name the primary again, and copying goes on. It works only while no message was accepted.",
        "La réception s’arrête ici, les enregistrements nomment à nouveau le système principal, et la copie reprend. Possible tant qu’aucun message n’a été accepté.",
        "Die Annahme endet, die Einträge nennen wieder das Primärsystem, und der Abgleich geht weiter. Nur möglich, solange keine Nachricht angenommen wurde.";
    abort_button: "Walk back to the primary", "Revenir au système principal", "Zum Primärsystem zurück";
    failback_title: "Failback", "Retour à la normale", "Rückkehr zum Normalbetrieb";
    failback_not_active: "There is nothing to give back: mail is not here.", "Il n’y a rien à rendre\u{a0}: le courrier n’est pas ici.",
        "Es gibt nichts zurückzugeben: Die Post ist nicht hier.";
    failback_intro: "Everything that was received, sent, moved and deleted here goes into the primary, each message once. Staff go on working here meanwhile.",
        "Tout ce qui a été reçu, envoyé, déplacé et supprimé ici est reporté dans le système principal, chaque message une seule fois. Le personnel continue à travailler ici pendant ce temps.",
        "Alles, was hier empfangen, gesendet, verschoben und gelöscht wurde, kommt ins Primärsystem, jede Nachricht genau einmal. Das Personal arbeitet solange hier weiter.";
    failback_preview: "What would go back", "Ce qui serait reporté", "Was zurückginge";
    failback_hindered: "It could not be counted.", "Le décompte n’a pas pu être fait.", "Es konnte nicht gezählt werden.";
    failback_new: "New", "Nouveaux", "Neu";
    failback_moved: "Moved", "Déplacés", "Verschoben";
    failback_flagged: "Marks", "Marques", "Kennzeichen";
    failback_deleted: "Deleted", "Supprimés", "Gelöscht";
    failback_full: "The primary is new or was wiped: push the full history instead", "Le système principal est neuf ou a été vidé\u{a0}: reporter tout l’historique",
        "Das Primärsystem ist neu oder leer: stattdessen den ganzen Verlauf übertragen";
    failback_same: "The primary is the same one: push only the changes", "Le système principal est le même\u{a0}: ne reporter que les changements",
        "Das Primärsystem ist dasselbe: nur die Änderungen übertragen";
    failback_full_means: "The full history is pushed, and nothing is read as deleted there.", "Tout l’historique est reporté, et rien n’y est considéré comme supprimé.",
        "Der ganze Verlauf wird übertragen, und nichts gilt dort als gelöscht.";
    failback_second: "Two people have to sign that the primary is clean. It begins with the second signature.",
        "Deux personnes doivent attester que le système principal est sain. Le retour commence à la seconde signature.",
        "Zwei Personen müssen zeichnen, dass das Primärsystem sauber ist. Es beginnt mit der zweiten Unterschrift.";
    failback_checklist: "I sign that the primary is clean", "J’atteste que le système principal est sain", "Ich zeichne, dass das Primärsystem sauber ist";
    failback_button: "Give the mail back to the primary", "Rendre le courrier au système principal", "Post ans Primärsystem zurückgeben";
    finish_title: "Finish the failback", "Terminer le retour", "Rückkehr beenden";
    finish_means: "Reception here stops, sessions and app passwords end, keys are renewed and mailboxes are sealed. This cannot be undone. Tell staff before.",
        "La réception s’arrête ici, sessions et mots de passe d’application prennent fin, les clés sont renouvelées et les boîtes scellées. C’est irréversible. Prévenez d’abord le personnel.",
        "Die Annahme endet, Sitzungen und App-Passwörter erlöschen, Schlüssel werden erneuert und Postfächer versiegelt. Das lässt sich nicht zurücknehmen. Sagen Sie es vorher dem Personal.";
    finish_button: "End sessions, seal, follow the primary", "Fermer les sessions, sceller, suivre le système principal", "Sitzungen beenden, versiegeln, Primärsystem folgen";
    audit_verify: "Is it whole?", "Est-il intact\u{202f}?", "Ist es unversehrt?";
    audit_export: "Download all of it (JSON)", "Tout télécharger (JSON)", "Alles herunterladen (JSON)";
    audit_empty: "The log is empty.", "Le journal est vide.", "Das Protokoll ist leer.";
    audit_no_witness: "No outside witness is configured (audit.witness_file): a log put back as a whole would not be noticed.",
        "Aucun témoin extérieur n’est configuré (audit.witness_file)\u{a0}: un journal remis en place en entier ne se remarquerait pas.",
        "Kein Zeuge außerhalb ist eingerichtet (audit.witness_file): Ein als Ganzes zurückgesetztes Protokoll fiele nicht auf.";
    people_search: "Name or address", "Nom ou adresse", "Name oder Adresse";
    people_filter: "Show", "Afficher", "Anzeigen";
    people_cannot: "Could not sign in today", "Ne pourraient pas se connecter aujourd’hui", "Könnten sich heute nicht anmelden";
    people_none: "Nobody here.", "Personne ici.", "Niemand.";
    people_tick: "Tick", "Cocher", "Ankreuzen";
    people_name: "Name", "Nom", "Name";
    people_address: "Address", "Adresse", "Adresse";
    people_today: "Could sign in today", "Pourrait se connecter aujourd’hui", "Könnte sich heute anmelden";
    people_yes: "yes", "oui", "ja";
    people_no: "no", "non", "nein";
    people_slips: "Print slips for the ticked", "Imprimer les fiches des personnes cochées", "Zettel für die Angekreuzten drucken";
    people_next: "More", "Suite", "Weitere";
    way_in_none: "nothing yet", "rien pour l’instant", "noch nichts";
    counter_intro: "Look at an identity card, type the name, print the slip.", "Vérifiez une pièce d’identité, tapez le nom, imprimez la fiche.",
        "Ausweis ansehen, Namen eingeben, Zettel drucken.";
    counter_slip: "Print a slip", "Imprimer une fiche", "Zettel drucken";
    person_slip_hint: "A slip has a new activation code, good once and for seven days. Earlier codes end.",
        "La fiche porte un nouveau code d’activation, valable une fois et sept jours. Les codes précédents prennent fin.",
        "Der Zettel trägt einen neuen Aktivierungscode, einmal und sieben Tage gültig. Frühere Codes verfallen.";
    person_closed: "The directory says that this person may not sign in.", "L’annuaire indique que cette personne ne peut pas se connecter.",
        "Laut Verzeichnis darf sich diese Person nicht anmelden.";
    person_sessions: "Open sessions", "Sessions ouvertes", "Offene Sitzungen";
    person_no_sessions: "None.", "Aucune.", "Keine.";
    person_end_sessions: "End all sessions", "Fermer toutes les sessions", "Alle Sitzungen beenden";
    person_sessions_ended: "All sessions were ended.", "Toutes les sessions ont été fermées.", "Alle Sitzungen wurden beendet.";
    person_second: "Second factors", "Seconds facteurs", "Zweite Faktoren";
    person_second_means: "For somebody who lost telephone, passkey and recovery codes, after you have seen who asks. Sessions end too.",
        "Pour qui a perdu téléphone, clé d’accès et codes de secours, après vérification d’identité. Les sessions prennent fin aussi.",
        "Für jemanden, der Telefon, Passkey und Wiederherstellungscodes verloren hat, nachdem Sie die Person geprüft haben. Sitzungen enden auch.";
    person_forget_second: "Take the second factors away", "Retirer les seconds facteurs", "Zweite Faktoren entfernen";
    person_second_gone: "The second factors are gone, and all sessions ended.", "Les seconds facteurs sont retirés et les sessions fermées.",
        "Die zweiten Faktoren sind entfernt und alle Sitzungen beendet.";
    slip_title: "Slip", "Fiche", "Zettel";
    slip_print: "Print this page now: the code is shown here only and kept nowhere.", "Imprimez cette page maintenant\u{a0}: le code n’est affiché qu’ici et n’est conservé nulle part.",
        "Drucken Sie diese Seite jetzt: Der Code wird nur hier gezeigt und nirgends aufbewahrt.";
    slip_next: "Next person", "Personne suivante", "Nächste Person";
    slip_nobody: "Nobody was ticked who can have a slip.", "Aucune personne cochée ne peut avoir de fiche.", "Niemand Angekreuztes kann einen Zettel bekommen.";
    slip_intro: "Your access to the emergency mail service. Your own address stays the same.", "Votre accès à la messagerie de secours. Votre adresse reste la même.",
        "Ihr Zugang zum Notfall-Postfach. Ihre Adresse bleibt dieselbe.";
    slip_open: "Open in any browser:", "Ouvrez dans un navigateur\u{a0}:", "Öffnen Sie in einem Browser:";
    slip_name: "Your name:", "Votre nom\u{a0}:", "Ihr Name:";
    slip_code: "Your activation code:", "Votre code d’activation\u{a0}:", "Ihr Aktivierungscode:";
    slip_until: "Good once, until", "Valable une fois, jusqu’au", "Einmal gültig, bis";
    slip_keep: "Give it to nobody.", "Ne le donnez à personne.", "Geben Sie ihn niemandem.";
}
