// The page in French: the English text, then ours. {0}, {1} stand for values.

export const french = {
  // the strip
  "Connecting": "Connexion", "Starting": "Démarrage", "Stopping": "Arrêt", "Live": "En direct", "Paused": "En pause",
  "Disconnected": "Déconnecté", "trying again": "nouvel essai", "trying again in {0}": "nouvel essai dans {0}",
  "updated {0} ago": "à jour il y a {0}", "showing {0}": "état à {0}", "no record for {0}": "aucun enregistrement depuis {0}",
  "Finished at {0}": "Terminé à {0}", "Failed at {0}": "Échec à {0}", "Stale since {0}": "Inactif depuis {0}",
  "Rows per second": "Lignes par seconde", "Latency p50": "Latence p50", "Latency p99": "Latence p99", "Last record": "Dernier enregistrement",
  "Model": "Modèle", "Refused rows": "Lignes refusées", "{0} skipped": "{0} ignorés", "Pause": "Pause",
  "rows that became durable, over the last 5 s": "lignes devenues durables, sur les 5 dernières secondes",
  "from reading a row to its being durable, over the last 10 s": "de la lecture d'une ligne à sa durabilité, sur les 10 dernières secondes",
  // the cards
  "Customers and money at risk": "Clients et revenus en danger", "Customers scored": "Clients évalués", "events stored": "événements enregistrés",
  "At high risk": "À risque élevé", "customers, threshold": "clients, seuil", "{0} of {1}": "{0} sur {1}",
  "shown from {0} customers on": "affiché à partir de {0} clients", "{0} points": "{0} points",
  "Expected to leave": "Départs attendus", "customers; ± holds 19 times in 20": "clients ; ± vaut 19 fois sur 20",
  "19 times in 20, if customers leave independently of one another": "19 fois sur 20, si les clients partent indépendamment les uns des autres",
  "Revenue at risk, per month": "Revenu en danger, par mois", "of": "sur", "monthly revenue": "de revenu mensuel",
  "no change in {0}": "stable depuis {0}", "{0} in {1}": "{0} en {1}",
  "The run ended: {0}": "Le traitement s'est terminé : {0}", "The store cannot be read: {0}": "La base ne peut être lue : {0}",
  "{0} has not taken rows since {1}: {2}": "{0} ne prend plus de lignes depuis {1} : {2}",
  "This run keeps no store that the page can read, so the cards, the table and the spread stay empty.":
    "Ce traitement n'a pas de base que la page puisse lire : les cartes, le tableau et la répartition restent vides.",
  // choosing
  "Choose customers": "Choisir des clients", "Search": "Recherche", "customer id": "identifiant", "Risk": "Risque", "any": "tous",
  "high": "élevé", "medium": "moyen", "low": "faible", "Show all": "Tout afficher", "Export CSV": "Exporter en CSV",
  "Chosen segments": "Segments choisis", "no longer {0}": "retirer {0}", "{0} of {1} customers": "{0} clients sur {1}",
  "{0} customers written": "{0} clients écrits", "Not written: {0}": "Non écrit : {0}",
  "The chosen customers cannot be counted: {0}": "Les clients choisis ne peuvent être comptés : {0}",
  // the table
  "Customers to call first": "Clients à appeler d'abord", "largest expected loss first": "perte attendue la plus forte d'abord",
  "smallest expected loss first": "perte attendue la plus faible d'abord", "largest probability first": "probabilité la plus forte d'abord",
  "smallest probability first": "probabilité la plus faible d'abord", "newest first": "les plus récents d'abord", "oldest first": "les plus anciens d'abord",
  "ids from the end": "identifiants depuis la fin", "ids from the beginning": "identifiants depuis le début",
  "order held while you point": "ordre figé sous le pointeur", "cannot be shown: {0}": "affichage impossible : {0}",
  "Customer": "Client", "Probability": "Probabilité", "Monthly": "Par mois", "At risk": "En danger", "Show more": "En afficher plus",
  "Show more of {0}": "En afficher plus sur {0}", "Nobody has been scored yet.": "Personne n'a encore été évalué.",
  "No customer fits these filters.": "Aucun client ne répond à ces filtres.",
  // the charts
  "How the risk is spread": "Répartition du risque", "Customers by probability of leaving, in steps of 5 %": "Clients par probabilité de départ, par pas de 5 %",
  "Customers": "Clients", "{0} to {1} %": "{0} à {1} %", "{0} to {1} %: {2} customers": "{0} à {1} % : {2} clients", "threshold {0}": "seuil {0}",
  "probability of leaving": "probabilité de départ", "The last two minutes": "Les deux dernières minutes", "rows per second": "lignes par seconde",
  "latency in ms:": "latence en ms :", "Latency p50 and p99 in milliseconds": "Latence p50 et p99 en millisecondes",
  "The last 15 minutes": "Les 15 dernières minutes", "The last two hours": "Les deux dernières heures", "How far back": "Jusqu'où remonter",
  "2 min": "2 min", "15 min": "15 min", "2 h": "2 h", "When": "Quand", "Rows and latency, newest first": "Lignes et latence, les plus récentes d'abord",
  "{0}: {1}": "{0} : {1}",
  "{0}: {1}, {2}": "{0} : {1}, {2}",
  "{0}: between {1} and {2} rows per second, {3} at the end": "{0} : entre {1} et {2} lignes par seconde, {3} à la fin",
  "{0}: latency p50 at most {1}, p99 at most {2}": "{0} : latence p50 d'au plus {1}, p99 d'au plus {2}",
  "Threshold from which customers would be called": "Seuil à partir duquel les clients seraient appelés",
  "Would be called": "Seraient appelés", "Precision": "Précision", "Recall": "Rappel", "Lost revenue among them": "Revenu perdu parmi eux", "Profit": "Profit",
  "{0} %: {1} would be called, precision {2}, recall {3}": "{0} % : {1} seraient appelés, précision {2}, rappel {3}",
  "{0} of {1}, {2}": "{0} sur {1}, {2}",
  "Against {0} customers known to have left or stayed, whatever is chosen above. Profit if one who is kept is worth {1}, an offer costs {2}, a call {3}, and {4} of those about to leave stay when called.":
    "Par rapport à {0} clients dont on sait s'ils sont partis, quel que soit le choix ci-dessus. Profit si un client gardé vaut {1}, une offre coûte {2}, un appel {3}, et si {4} de ceux qui s'en vont restent quand on les appelle.",
  "Fewer than {0} customers are known to have left or stayed: too few to compare with.":
    "On sait de moins de {0} clients s'ils sont partis : trop peu pour comparer.",
  "Who really left is not kept. [outcomes] in the pipeline file keeps it; then precision, recall and profit of a threshold stand here.":
    "Qui est vraiment parti n'est pas gardé. [outcomes] dans le fichier du pipeline le garde ; alors précision, rappel et profit d'un seuil sont ici.",
  "Who really left cannot be shown: {0}": "Qui est vraiment parti ne peut être affiché : {0}",
  "now": "0 s", "{0} min ago": "il y a {0} min", "{0} s ago": "il y a {0} s",
  // segments
  "Who is leaving": "Qui s'en va", "Split customers by": "Répartir les clients par", "Segments": "Segments",
  "Mean probability of leaving by segment; a segment chosen here filters the whole page":
    "Probabilité moyenne de départ par segment ; un segment choisi ici filtre toute la page",
  "unknown": "inconnu", "{0} to {1}": "{0} à {1}", "fewer than {0}": "moins de {0}", "nobody": "personne", "{0} customers": "{0} clients",
  "{0} customers, {1} at risk": "{0} clients, {1} en danger", "The segments cannot be shown: {0}": "Les segments ne peuvent être affichés : {0}",
  "the server answers {0}": "le serveur répond {0}",
  // the model
  "The model": "Le modèle", "What scores these customers": "Ce qui évalue ces clients", "How well it did when it was trained": "Ses résultats à l'entraînement",
  "What it looks at most": "Ce qu'il regarde le plus", "Figure": "Mesure", "Importance": "Importance", "Share of each column in what the trees learned": "Part de chaque colonne dans ce que les arbres ont appris",
  "Test": "Test", "Training": "Entraînement", "Rows": "Lignes", "Accuracy": "Exactitude", "Area under ROC": "Aire sous ROC",
  "Area under precision and recall": "Aire sous précision et rappel", "Brier score": "Score de Brier", "Log loss": "Perte logarithmique",
  "Lift of the riskiest tenth": "Lift du dixième le plus à risque", "Calibration error": "Erreur de calibration",
  "{0} rows": "{0} lignes", "of {0}": "de {0}", "Name": "Nom", "Kind": "Type", "Trees": "Arbres", "Nodes": "Nœuds", "Depth": "Profondeur", "Features": "Variables",
  "Saved": "Enregistré", "Learned from": "A appris de", "Predicts": "Prédit", "Flagged from": "Signalé à partir de", "Risk bands": "Niveaux de risque",
  "medium from {0}, high from {1}": "moyen à partir de {0}, élevé à partir de {1}", "Fingerprint": "Empreinte", "the {0} largest": "les {0} plus fortes",
  // views and the original's report
  "Views": "Vues", "Now": "Maintenant", "As the original had it": "Comme l'original", "As a table": "En tableau", "Totals": "Totaux",
  "What the Power BI page of the original system showed, here over the chosen customers and with those at high risk beside them. Sums of fewer than 20 customers are not shown.":
    "Ce que montrait la page Power BI du système d'origine, ici sur les clients choisis et avec, à côté, ceux à risque élevé. Les sommes de moins de 20 clients ne sont pas montrées.",
  "Sum of TotalCharges": "Somme de TotalCharges", "Sum of MonthlyCharges": "Somme de MonthlyCharges", "Sum of tenure, in months": "Somme de tenure, en mois",
  "Customers with a known MultipleLines": "Clients dont MultipleLines est connu", "Customers by gender": "Clients par gender",
  "Customers by InternetService": "Clients par InternetService", "MonthlyCharges by PaymentMethod": "MonthlyCharges par PaymentMethod",
  "customers": "clients", "at high risk": "à risque élevé", "of it at risk": "dont en danger", "Of it at risk": "Dont en danger",
  "gender": "gender", "InternetService": "InternetService", "PaymentMethod": "PaymentMethod", "MonthlyCharges": "MonthlyCharges",
  "{0} is hidden: take it out of hidden_columns in the section [page] of the pipeline to see it here.":
    "{0} est masquée : retirez-la de hidden_columns dans la section [page] du pipeline pour la voir ici.",
  "These customers have no column {0}.": "Ces clients n'ont pas de colonne {0}.", "The report cannot be shown: {0}": "Le rapport ne peut être affiché : {0}",
  "left out: segments of fewer than {0} customers, {1} customers in all": "laissés de côté : segments de moins de {0} clients, {1} clients en tout",
  // drift
  "Are these the customers the model learned from?": "Sont-ce les clients sur lesquels le modèle a appris ?", "Drift": "Dérive", "Column": "Colonne",
  "Stability index (PSI)": "Indice de stabilité (PSI)", "Chance alone": "Hasard seul", "Verdict": "Verdict",
  "{0} rows: a verdict comes from {1} on": "{0} lignes : verdict à partir de {1}", "the newest {0} rows looked at": "les {0} dernières lignes examinées",
  "too few rows": "trop peu de lignes", "stable": "stable", "look": "à regarder", "act": "agir", "score": "score",
  // sinks and refused rows
  "Where the scores go": "Où vont les scores", "Sink": "Destination", "State": "État", "Rows waiting": "Lignes en attente",
  "Rows left out": "Lignes laissées de côté", "Last error": "Dernière erreur", "{0} since {1}": "{0} depuis {1}",
  "opening": "ouverture", "working": "en marche", "given up": "abandonnée",
  "{0} read = {1} delivered + {2} refused + {3} under way": "{0} lues = {1} livrées + {2} refusées + {3} en cours",
  "{0}, record {1}": "{0}, enregistrement {1}", "Reason": "Motif", "Where": "Où", "Position": "Position", "At": "À", "No row was refused.": "Aucune ligne n'a été refusée.",
  // one customer
  "Close": "Fermer", "Score": "Score", "What is known": "Ce que l'on sait", "Reasons": "Raisons",
  "This model's scorer gives no reasons yet.": "Ce modèle ne donne pas encore de raisons.", "Past scores:": "Scores passés :", "Past scores": "Scores passés",
  "Event": "Événement", "Prediction": "Prédiction", "Last event": "Dernier événement", "the newest 50 of {0}": "les 50 derniers sur {0}",
  "Probability of leaving over time; the table below has the same figures": "Probabilité de départ au fil du temps ; le tableau ci-dessous a les mêmes chiffres",
  // the end
  "Theme": "Thème", "system": "système", "light": "clair", "dark": "sombre", "high contrast": "contraste élevé", "Language": "Langue",
  "All numbers belong to one moment,": "Tous les nombres sont d'un même instant,", "snapshot {0}": "relevé {0}",
  "). Probabilities are the model's; who is offered what is for people to decide.":
    "). Les probabilités sont celles du modèle ; à qui proposer quoi, c'est aux gens d'en décider.",
};
